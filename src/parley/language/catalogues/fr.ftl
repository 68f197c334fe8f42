# Les phrases du bot en français. Il vouvoie ; une espace insécable précède les signes doubles.

## Au lieu d'une réponse

no-question = Bonjour ! Que puis-je faire pour vous ? Posez-moi une question, et je ferai de mon mieux.
too-many-wait = Je n'ai pas fini de traiter vos messages précédents et ne peux plus en prendre d'autres. Veuillez renvoyer celui-ci quand j'aurai répondu.
set-aside = Je n'ai pas pu répondre à ce message : je suis tombé en panne à chaque tentative. Veuillez le formuler autrement, ou demandez à la personne qui me gère d'examiner le problème.

## Qui peut s'en servir, et combien

not-for-guests = Bonjour ! Je suis là pour les membres de certaines organisations et ne peux pas vous répondre. Si vous pensez que je le devrais, veuillez vous adresser à la personne qui me gère.
# $seconds: two or more
pause-for-seconds = Vous m'avez posé autant de questions que vous le pouvez pour le moment. Je pourrai continuer dans { $seconds } secondes.
# $time: when, in the person's time zone
pause-until = Vous m'avez posé autant de questions que vous le pouvez pour le moment. Je pourrai continuer à { DATETIME($time, timeStyle: "short") }.
pause-until-another-day = Vous m'avez posé autant de questions que vous le pouvez pour le moment. Je pourrai continuer le { DATETIME($time, dateStyle: "long") } à { DATETIME($time, timeStyle: "short") }.
# $time: when; the person's time zone is not known
pause-until-in-utc = Vous m'avez posé autant de questions que vous le pouvez pour le moment. Je pourrai continuer à { DATETIME($time, timeStyle: "short") } UTC.
pause-until-another-day-in-utc = Vous m'avez posé autant de questions que vous le pouvez pour le moment. Je pourrai continuer le { DATETIME($time, dateStyle: "long") } à { DATETIME($time, timeStyle: "short") } UTC.

## L'accueil, montré sans Markdown

hello = Bonjour, je suis un assistant IA : posez-moi vos questions, et je réponds ici même. Mes réponses peuvent être fausses, vérifiez donc ce qui compte ; écrivez /help pour voir ce que je sais faire d'autre.
# $name: what the bot is called
hello-group = Bonjour, je suis { $name }, un assistant IA : mentionnez-moi avec @{ $name } et une question, et je réponds ici pour tout le monde. Je ne vois que les messages qui me mentionnent, et mes réponses peuvent être fausses, vérifiez donc ce qui compte.
starter-abilities = En quoi pouvez-vous m'aider ?
starter-draft = Rédigez un message court et amical pour mon équipe
starter-ideas = Donnez-moi des idées pour un événement d'équipe

## Commandes ; chacune a une ligne dans la liste

help = Posez-moi vos questions avec vos propres mots. Dans une conversation à deux, envoyez-moi aussi des images et des fichiers. Modifiez votre dernière question, et j'y réponds de nouveau. Je connais aussi ces commandes :
command-new = commencer une nouvelle conversation ; ce qui a été dit avant ne compte plus
command-help = afficher cette liste
command-forget = supprimer tout ce que j'ai enregistré sur cette conversation
unknown-command = Je ne connais pas cette commande. Voici celles que je connais :
new-conversation = Ceci est une nouvelle conversation. Ce qui a été dit avant ne compte plus.
# $command: what the person has to write
confirm-forget = Cela supprime tout ce que j'ai enregistré sur cette conversation, sans retour possible. Les messages eux-mêmes restent dans Teams. Écrivez « { $command } » pour continuer.
confirm-forget-own = Cela supprime ce que vous m'avez demandé dans cette conversation, mes réponses et vos avis, sans retour possible. Seul un propriétaire peut supprimer ce que les autres ont demandé. Les messages eux-mêmes restent dans Teams. Écrivez « { $command } » pour continuer.
forgotten = Tout ce que j'avais enregistré sur cette conversation est supprimé.
forgotten-own = Ce que vous m'aviez demandé dans cette conversation est supprimé, avec mes réponses et vos avis.

## Pendant la préparation d'une réponse

thinking = Je réfléchis…
using-tool = J'utilise { $tool }…
still-writing = *Je n'ai pas fini d'écrire. Ce message sera complété dès que la réponse sera là.*

## Sous une réponse

cut-off = La réponse s'arrête ici, car elle a atteint sa longueur maximale. Demandez-moi de continuer, ou demandez moins à la fois.

## Sous une réponse ou à sa place : les pièces jointes

attachment-cut = De { $names }, je n'ai lu que le début, car le tout dépasse ce que je peux prendre en une fois.
attachment-incomplete = { $names } : je n'ai pu en lire qu'une partie. Le reste est endommagé, ou d'une nature que je ne sais pas lire.
attachment-misread = { $names } : certains caractères peuvent être faux dans ce que j'ai lu. Merci de vérifier la réponse, ou de l'envoyer dans un autre format.
attachment-of-other-kind = Je ne sais pas lire { $names }. Ce que je sais lire : les images (PNG, JPEG, GIF, WebP), les fichiers PDF, Word, Excel et PowerPoint (docx, xlsx, pptx), et tout ce qui est du texte : CSV, HTML, courriels, journaux, code source.
attachment-too-many = C'est plus que je ne peux lire en une fois. J'ai laissé de côté { $names }.
attachment-too-large = { $names } : trop volumineux pour moi. Merci de l'envoyer en plus petit, ou seulement la partie utile.
attachment-not-downloaded = { $names } : impossible de l'obtenir auprès de Teams. Merci de l'enregistrer et de le joindre comme fichier.
attachment-empty = { $names } : il n'y a rien dedans.
attachment-damaged = { $names } : je n'arrive pas à le lire. Il est peut-être endommagé, ou d'une autre nature que son nom ne l'indique.
attachment-encrypted = { $names } : protégé par un mot de passe. Merci de l'envoyer sans mot de passe.
attachment-without-text = { $names } : il ne contient aucun texte. S'il a été numérisé, merci d'envoyer ses pages sous forme d'images.
attachment-too-slow = { $names } : la lecture a pris trop de temps, j'ai donc renoncé. Merci de n'envoyer que la partie utile.
attachment-broken-off = { $names } : un problème de mon côté m'a empêché de le lire. Veuillez le joindre à nouveau, ou seulement la partie importante.
attachment-moving = Je ne peux pas voir les GIF et les autocollants. Merci de me le dire avec des mots.
attachment-only-in-chat = Dans les groupes et les canaux, Teams ne me donne ni les fichiers ni les images jointes. Merci de me les envoyer dans notre conversation individuelle : là, je peux les lire.

## Ce qui a échoué

failure-with-id = { $what } (id : { $id })
empty-answer = Le modèle de langage n'a rien trouvé à dire. Veuillez reformuler votre question et la poser à nouveau.
no-tokens-left = Le modèle de langage a atteint sa limite de jetons avant le premier mot. Veuillez demander moins à la fois, ou dites à la personne qui me gère d'augmenter MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = Le modèle de langage n'a cessé d'appeler des outils au lieu de répondre. Veuillez reformuler votre question et la poser à nouveau.
context-too-long = C'est plus que le modèle de langage ne peut prendre à la fois. Veuillez poser votre question avec moins de texte.
model-blind = Mon modèle de langage ne voit pas les images. Merci de me décrire en mots ce qu'elles montrent.
question-filtered = Le filtre de contenu du modèle de langage a refusé la question. Veuillez la formuler autrement.
answer-filtered = Le filtre de contenu du modèle de langage a interrompu la réponse. Veuillez demander quelque chose d'un peu différent.
answer-stalled = Le modèle de langage s'est tu au milieu de la réponse. Veuillez reposer la question dans un instant.
answer-lost = J'ai perdu le modèle de langage au milieu de la réponse. Veuillez reposer la question dans un instant.
answer-malformed = Le modèle de langage a envoyé quelque chose que je ne peux pas lire. Veuillez reposer la question dans un instant et, si cela n'aide pas, prévenez la personne qui me gère.
model-unreachable = Je n'arrive pas à joindre le modèle de langage. Veuillez reposer la question dans un instant et, si cela n'aide pas, prévenez la personne qui me gère.
model-slow = Le modèle de langage a mis trop de temps à répondre. Veuillez reposer la question dans un instant.
model-busy = Le modèle de langage a trop à faire en ce moment. Veuillez reposer la question dans une minute.
model-closed = Le modèle de langage ne me laisse pas entrer. Veuillez dire à la personne qui me gère de vérifier la clé.
model-not-found = Mon modèle de langage est introuvable. Veuillez dire à la personne qui me gère de vérifier son nom et son adresse.
model-quota = Le quota de mon modèle de langage est épuisé. Veuillez prévenir la personne qui me gère.
model-refused = Le modèle de langage n'a pas pu traiter ma requête. Veuillez prévenir la personne qui me gère.
model-failed = Le modèle de langage a échoué. Veuillez reposer la question dans un instant.
memory-unreachable = Ma mémoire est inaccessible. Veuillez reposer la question dans un instant.
not-remembered = Je ne me souviendrai pas de cette réponse, car ma mémoire est inaccessible.
went-wrong = Un problème est survenu de mon côté. Veuillez reposer la question dans un instant.
