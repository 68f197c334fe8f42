# Les textes du bot en français. Il vouvoie ; une espace insécable précède les signes doubles.

## Au lieu d'une réponse

no-question = Bonjour ! Que puis-je faire pour vous ? Il suffit de m'envoyer votre question.
still-answering = Je réponds encore à vos messages précédents. Renvoyez-moi celui-ci quand j'aurai terminé.
gave-up = Je n'ai pas réussi à répondre à ce message, malgré plusieurs essais. Reformulez-le ou demandez à mon administrateur de vérifier.

## Accès et limites

not-your-organization = Bonjour ! Je suis réservé à certaines organisations et je ne peux donc pas vous répondre. Si vous pensez qu'il s'agit d'une erreur, contactez mon administrateur.
# $seconds: two or more
wait-for-seconds = Vous avez atteint votre limite pour le moment. Vous pourrez me poser une nouvelle question dans { $seconds } secondes.
# $time: in the user's time zone
wait-until = Vous avez atteint votre limite pour le moment. Vous pourrez me poser une nouvelle question à { DATETIME($time, timeStyle: "short") }.
wait-until-another-day = Vous avez atteint votre limite pour le moment. Vous pourrez me poser une nouvelle question le { DATETIME($time, dateStyle: "long") } à { DATETIME($time, timeStyle: "short") }.
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = Vous avez atteint votre limite pour le moment. Vous pourrez me poser une nouvelle question à { DATETIME($time, timeStyle: "short") } UTC.
wait-until-another-day-in-utc = Vous avez atteint votre limite pour le moment. Vous pourrez me poser une nouvelle question le { DATETIME($time, dateStyle: "long") } à { DATETIME($time, timeStyle: "short") } UTC.

## Message de bienvenue, affiché sans Markdown

hello = Bonjour !
# $name: the user's first name
hello-by-name = Bonjour { $name } !
# $hello: one of the two above; $name: the bot's name
welcome = { $hello } Je suis { $name }, un assistant IA. Posez-moi vos questions et je vous réponds ici même. Je peux me tromper, alors vérifiez ce qui compte. Écrivez /help pour voir ce que je sais faire d'autre.
# the same while the demo model answers
welcome-demo = { $hello } Je suis { $name }. Aucun modèle de langage ne m'est encore connecté : pour l'instant, c'est une petite démo qui répond, quelques règles en sept langues. Voici trois choses à voir. La dernière explique comment connecter un vrai modèle.
# $name: the bot's name
welcome-group = Bonjour, je suis { $name }, un assistant IA. Mentionnez @{ $name } avec une question et je réponds ici pour tout le monde. Je ne vois que les messages qui me mentionnent et je peux me tromper, alors vérifiez ce qui compte.
# the same while the demo model answers
welcome-group-demo = Bonjour, je suis { $name }. Mentionnez @{ $name } avec une question et je réponds ici pour tout le monde. Aucun modèle de langage ne m'est encore connecté : pour l'instant, c'est une petite démo qui répond, quelques règles. Essayez « @{ $name } Que savez-vous faire ? »
starter-abilities = En quoi pouvez-vous m'aider ?
starter-draft = Rédigez un message court et amical pour mon équipe
starter-ideas = Donnez-moi des idées pour un événement d'équipe
starter-compare = Donnez-moi les avantages et les inconvénients de ces options : un appel ou un e-mail
# the three while the demo model answers
starter-story = Racontez-moi une petite histoire
starter-table = Montrez-moi un tableau
starter-connect = Connecter un vrai modèle

## Commandes, chacune avec sa ligne dans la liste

# a list of examples follows
help = Posez-moi vos questions avec vos propres mots, par exemple :
help-in-group = Mentionnez-moi et posez vos questions avec vos propres mots, par exemple :
help-more = Vous pouvez aussi m'envoyer des images et des fichiers. Si vous modifiez votre dernière question, j'y réponds à nouveau.
help-more-in-group = Je ne vois que les messages qui me mentionnent. Si vous modifiez votre dernière question, j'y réponds à nouveau.
help-commands = Je connais aussi ces commandes :
command-new = commencer une nouvelle conversation ; je ne tiens plus compte de ce qui précède
command-help = afficher cette liste
command-forget = supprimer tout ce que j'ai enregistré sur cette conversation
unknown-command = Je ne connais pas cette commande. Voici celles que je connais :
new-conversation = C'est une nouvelle conversation. Je ne tiens plus compte de ce qui précède.
# $command: the command that the user has to write
confirm-forget = Je vais supprimer tout ce que j'ai enregistré sur cette conversation, sans retour possible. Les messages eux-mêmes restent dans Teams. Écrivez « { $command } » pour confirmer.
confirm-forget-own = Je vais supprimer vos questions dans cette conversation, mes réponses et vos avis, sans retour possible. Seul un propriétaire peut supprimer les questions des autres. Les messages eux-mêmes restent dans Teams. Écrivez « { $command } » pour confirmer.
forgotten = C'est fait : j'ai supprimé tout ce que j'avais enregistré sur cette conversation.
forgotten-own = C'est fait : j'ai supprimé vos questions dans cette conversation, mes réponses et vos avis.
kept = Je n'ai rien supprimé.
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = Supprimer mes données
keep-my-data = Conserver mes données

## Pendant la préparation d'une réponse

thinking = Je réfléchis…
# $tool: the tool's name, with spaces
using-tool = J'utilise { $tool }…
still-writing = *J'écris encore. La réponse complète apparaîtra dans ce message.*

## Sous une réponse

cut-off = *Ma réponse s'arrête ici, car elle a atteint sa longueur maximale. Demandez-moi de continuer, ou demandez-en moins à la fois.*
picture-removed = [image retirée : { $description }]

## Pièces jointes, sous une réponse ou à sa place

# $names: the names of one or more files and pictures
attachment-cut = Je n'ai lu que le début de { $names } : l'ensemble est trop long pour moi en une seule fois.
attachment-incomplete = { $names } : je n'ai pu en lire qu'une partie. Le reste est endommagé ou dans un format que je ne sais pas lire.
attachment-misread = { $names } : j'ai peut-être mal lu certains caractères. Vérifiez ma réponse ou envoyez un autre format.
attachment-unsupported = Je ne sais pas lire { $names }. Je sais lire les images (PNG, JPEG, GIF, WebP), les fichiers PDF, Word, Excel et PowerPoint (docx, xlsx, pptx) et toutes sortes de textes : CSV, HTML, e-mails, journaux, code source.
attachment-too-many = C'est plus que je ne peux lire en une fois. J'ai laissé de côté { $names }.
attachment-too-large = { $names } : c'est trop volumineux pour moi. Envoyez une version plus légère, ou seulement la partie utile.
attachment-not-downloaded = { $names } : je n'ai pas pu l'obtenir de Teams. Enregistrez-le, puis joignez-le comme fichier.
attachment-empty = { $names } : il n'y a rien dedans.
attachment-damaged = { $names } : je n'ai pas pu l'ouvrir. Il est peut-être endommagé, ou son nom ne correspond pas à son contenu.
attachment-encrypted = { $names } : il est protégé par un mot de passe. Envoyez-le sans mot de passe.
attachment-without-text = { $names } : il ne contient pas de texte. S'il s'agit d'un document numérisé, envoyez-moi ses pages sous forme d'images.
attachment-too-slow = { $names } : la lecture a pris trop de temps. Envoyez seulement la partie utile.
attachment-failed = { $names } : un problème est survenu de mon côté pendant la lecture. Joignez-le à nouveau, ou seulement la partie utile.
attachment-animated = Je ne vois pas les GIF ni les autocollants. Dites-le-moi avec des mots.
attachment-only-in-chat = Dans les groupes et les canaux, Teams ne me donne pas accès aux fichiers ni aux images. Envoyez-les-moi dans notre conversation privée.

## Erreurs

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what } (id : { $id })
# $what: the same; $advice: one of the next five
failure-with-advice = { $what } { $advice } (id : { $id })
try-later = Réessayez dans un instant. Si le problème persiste, prévenez mon administrateur.
tell-administrator = Prévenez mon administrateur.
# $settings: their names; $command: the command to type
check-settings = Vérifiez { $settings } et redémarrez-moi. Pour voir ce qui ne va pas, lancez « { $command } ».
check-server = Vérifiez que son serveur est démarré et que { $settings } est correct. Pour voir ce qui ne va pas, lancez « { $command } ».
run-doctor = Pour voir ce qui ne va pas, lancez « { $command } ».
# the message below a failure, and its suggested action
offer-to-try-again = Voulez-vous que je réessaie ?
try-again = Réessayer
empty-answer = Le modèle de langage m'a donné une réponse vide. Reformulez votre question et réessayez.
no-tokens-left = Le modèle de langage a atteint sa limite de jetons avant le premier mot. Demandez-en moins à la fois, ou demandez à mon administrateur d'augmenter MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = Le modèle de langage n'a pas cessé d'appeler des outils au lieu de répondre. Reformulez votre question et réessayez.
context-too-long = C'est plus que le modèle de langage ne peut traiter en une fois. Envoyez-moi moins de texte.
model-without-vision = Mon modèle de langage ne voit pas les images. Décrivez-moi avec des mots ce qu'elles montrent.
question-filtered = Le filtre de contenu du modèle de langage a bloqué votre question. Formulez-la autrement.
answer-filtered = Le filtre de contenu du modèle de langage a interrompu la réponse. Demandez quelque chose d'un peu différent.
answer-stalled = Le modèle de langage s'est arrêté au milieu de sa réponse. Réessayez dans un instant.
answer-lost = J'ai perdu le contact avec le modèle de langage au milieu de sa réponse. Réessayez dans un instant.
answer-malformed = Je n'ai pas pu lire la réponse du modèle de langage.
model-unreachable = Je n'arrive pas à joindre le modèle de langage.
model-slow = Le modèle de langage a mis trop de temps à répondre. Réessayez dans un instant.
model-busy = Le modèle de langage est très sollicité en ce moment. Réessayez dans une minute.
model-rejected-credentials = Le modèle de langage a refusé mes identifiants.
model-not-found = Je ne trouve pas mon modèle de langage.
model-quota = Le quota de mon modèle de langage est épuisé.
model-rejected-request = Le modèle de langage a refusé ma requête.
model-failed = Le modèle de langage a rencontré une erreur. Réessayez dans un instant.
memory-unreachable = Je n'arrive pas à accéder à ma mémoire. Réessayez dans un instant.
not-remembered = Je ne me souviendrai pas de cette réponse, car je n'arrive pas à accéder à ma mémoire.
went-wrong = Un problème est survenu de mon côté. Réessayez dans un instant.

## Dans le terminal

command-attach = envoyer un fichier avec votre prochain message
command-edit = remplacer votre dernière question ; j'y réponds à nouveau
command-exit = quitter
file-attached = Je recevrai { $name } avec votre prochain message.
choices-ended = J'ai pris cela pour un message : vous pouvez choisir par numéro jusqu'à ma réponse suivante.
