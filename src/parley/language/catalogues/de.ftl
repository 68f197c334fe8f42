# Die Sätze des Bots auf Deutsch. Er duzt.

## Anstelle einer Antwort

no-question = Hallo! Was kann ich für dich tun? Schreib mir eine Frage, und ich gebe mein Bestes.
too-many-wait = Ich bin mit dem, was du bisher geschrieben hast, noch nicht durch und kann nichts mehr annehmen. Bitte schick diese Nachricht noch einmal, wenn ich geantwortet habe.
set-aside = Auf diese Nachricht konnte ich nicht antworten: Bei jedem Versuch bin ich zusammengebrochen. Bitte formuliere sie anders, oder bitte die Person, die mich betreibt, sich das anzusehen.

## Wer ihn nutzen darf, und wie viel

not-for-guests = Hallo! Ich bin für die Leute bestimmter Organisationen da und darf dir nicht antworten. Wenn du meinst, dass ich es sollte, wende dich bitte an die Person, die mich betreibt.
# $seconds: two or more
pause-for-seconds = Du hast mich so viel gefragt, wie du zurzeit darfst. In { $seconds } Sekunden kann ich weitermachen.
# $time: when, in the person's time zone
pause-until = Du hast mich so viel gefragt, wie du zurzeit darfst. Um { DATETIME($time, timeStyle: "short") } kann ich weitermachen.
pause-until-another-day = Du hast mich so viel gefragt, wie du zurzeit darfst. Am { DATETIME($time, dateStyle: "long") } um { DATETIME($time, timeStyle: "short") } kann ich weitermachen.
# $time: when; the person's time zone is not known
pause-until-in-utc = Du hast mich so viel gefragt, wie du zurzeit darfst. Um { DATETIME($time, timeStyle: "short") } UTC kann ich weitermachen.
pause-until-another-day-in-utc = Du hast mich so viel gefragt, wie du zurzeit darfst. Am { DATETIME($time, dateStyle: "long") } um { DATETIME($time, timeStyle: "short") } UTC kann ich weitermachen.

## Zur Begrüßung, ohne Markdown gezeigt

hello = Hallo, ich bin ein KI-Assistent: Frag mich, was du willst, ich antworte gleich hier. Meine Antworten können falsch sein, prüfe also, worauf es ankommt; schreib /help, um zu sehen, was ich sonst noch kann.
# $name: what the bot is called
hello-group = Hallo, ich bin { $name }, ein KI-Assistent: Erwähne mich mit @{ $name } und einer Frage, und ich antworte hier für alle. Ich sehe nur Nachrichten, die mich erwähnen, und meine Antworten können falsch sein, prüft also, worauf es ankommt.
starter-abilities = Wobei kannst du mir helfen?
starter-draft = Entwirf eine kurze, freundliche Nachricht an mein Team
starter-ideas = Gib mir Ideen für eine Teamveranstaltung

## Befehle; jeder hat eine Zeile in der Liste

help = Frag mich in deinen eigenen Worten. In einem Chat zu zweit kannst du mir auch Bilder und Dateien schicken. Bearbeite deine letzte Frage, und ich beantworte sie neu. Außerdem kenne ich diese Befehle:
command-new = ein neues Gespräch beginnen; was vorher gesagt wurde, zählt nicht mehr
command-help = diese Liste zeigen
command-forget = alles löschen, was ich über dieses Gespräch gespeichert habe
unknown-command = Diesen Befehl kenne ich nicht. Das sind die, die ich kenne:
new-conversation = Das ist ein neues Gespräch. Was vorher gesagt wurde, zählt nicht mehr.
# $command: what the person has to write
confirm-forget = Damit wird alles gelöscht, was ich über dieses Gespräch gespeichert habe, und das lässt sich nicht rückgängig machen. Die Nachrichten selbst bleiben in Teams. Schreib „{ $command }“, um fortzufahren.
confirm-forget-own = Damit wird gelöscht, was du mich in diesem Gespräch gefragt hast, mit meinen Antworten und deinem Feedback, und das lässt sich nicht rückgängig machen. Was andere gefragt haben, kann nur ein Besitzer löschen. Die Nachrichten selbst bleiben in Teams. Schreib „{ $command }“, um fortzufahren.
forgotten = Alles, was ich über dieses Gespräch gespeichert hatte, ist gelöscht.
forgotten-own = Was du mich in diesem Gespräch gefragt hattest, ist gelöscht, mit meinen Antworten und deinem Feedback.

## Während eine Antwort entsteht

thinking = Ich denke nach …
using-tool = Ich verwende { $tool } …
still-writing = *Ich schreibe noch. Diese Nachricht wird vervollständigt, sobald die Antwort da ist.*

## Unter einer Antwort

cut-off = Die Antwort endet hier, weil sie nicht länger werden darf. Bitte mich, weiterzumachen, oder frag nach weniger auf einmal.

## Unter einer Antwort oder an ihrer Stelle: was angehängt war

attachment-cut = Von { $names } habe ich nur den Anfang gelesen, weil das Ganze mehr ist, als ich auf einmal aufnehmen kann.
attachment-incomplete = { $names }: Davon konnte ich nur einen Teil lesen. Der Rest ist beschädigt oder von einer Art, die ich nicht lesen kann.
attachment-misread = { $names }: In dem, was ich gelesen habe, können einzelne Zeichen falsch sein. Bitte prüfe die Antwort, oder schick es in einem anderen Format.
attachment-of-other-kind = { $names } kann ich nicht lesen. Lesen kann ich Bilder (PNG, JPEG, GIF, WebP), PDF-, Word-, Excel- und PowerPoint-Dateien (docx, xlsx, pptx) und alles, was Text ist, etwa CSV, HTML, E-Mails, Protokolle und Quelltext.
attachment-too-many = Das ist mehr, als ich auf einmal lesen kann. Ausgelassen habe ich { $names }.
attachment-too-large = { $names }: zu groß für mich. Bitte schick es kleiner oder nur den Teil, auf den es ankommt.
attachment-not-downloaded = { $names }: Das konnte ich von Teams nicht bekommen. Bitte speichere es und häng es als Datei an.
attachment-empty = { $names }: Da steht nichts drin.
attachment-damaged = { $names }: Damit kann ich nichts anfangen. Vielleicht ist es beschädigt oder etwas anderes, als der Name sagt.
attachment-encrypted = { $names }: mit einem Kennwort geschützt. Bitte schick es ohne Kennwort.
attachment-without-text = { $names }: Darin ist kein Text. Falls es gescannt wurde, schick mir die Seiten bitte als Bilder.
attachment-too-slow = { $names }: Das Lesen hat zu lange gedauert, darum habe ich aufgegeben. Bitte schick nur den Teil, auf den es ankommt.
attachment-broken-off = { $names }: Auf meiner Seite ist beim Lesen etwas dazwischengekommen. Bitte häng es noch einmal an, oder nur den Teil, auf den es ankommt.
attachment-moving = GIFs und Sticker kann ich nicht sehen. Bitte sag es mir in Worten.
attachment-only-in-chat = In Gruppen und Kanälen gibt mir Teams angehängte Dateien und Bilder nicht. Bitte schick sie mir in unserem 1:1-Chat: Dort kann ich sie lesen.

## Was schiefgegangen ist

failure-with-id = { $what } (ID: { $id })
empty-answer = Das Sprachmodell hatte dazu nichts zu sagen. Bitte drück es anders aus und frag noch einmal.
no-tokens-left = Das Sprachmodell hat seine Token-Grenze vor dem ersten Wort erreicht. Bitte frag nach weniger auf einmal, oder sag der Person, die mich betreibt, dass sie MODEL_MAX_OUTPUT_TOKENS erhöhen soll.
endless-tool-calls = Das Sprachmodell hat immer wieder Werkzeuge aufgerufen, statt zu antworten. Bitte drück es anders aus und frag noch einmal.
context-too-long = Das ist mehr, als das Sprachmodell auf einmal aufnehmen kann. Bitte frag mit weniger Text.
model-blind = Mein Sprachmodell kann keine Bilder sehen. Bitte sag mir in Worten, was darauf ist.
question-filtered = Der Inhaltsfilter des Sprachmodells hat die Frage abgelehnt. Bitte drück sie anders aus.
answer-filtered = Der Inhaltsfilter des Sprachmodells hat die Antwort beendet. Bitte frag nach etwas leicht anderem.
answer-stalled = Das Sprachmodell ist mitten in der Antwort verstummt. Bitte frag gleich noch einmal.
answer-lost = Mitten in der Antwort habe ich das Sprachmodell verloren. Bitte frag gleich noch einmal.
answer-malformed = Das Sprachmodell hat etwas geschickt, das ich nicht lesen kann. Bitte frag gleich noch einmal, und wenn das nicht hilft, sag der Person Bescheid, die mich betreibt.
model-unreachable = Ich erreiche das Sprachmodell nicht. Bitte frag gleich noch einmal, und wenn das nicht hilft, sag der Person Bescheid, die mich betreibt.
model-slow = Das Sprachmodell hat zu lange für die Antwort gebraucht. Bitte frag gleich noch einmal.
model-busy = Das Sprachmodell hat gerade zu viel zu tun. Bitte frag in einer Minute noch einmal.
model-closed = Das Sprachmodell lässt mich nicht hinein. Bitte sag der Person, die mich betreibt, dass sie den Schlüssel prüfen soll.
model-not-found = Mein Sprachmodell wurde nicht gefunden. Bitte sag der Person, die mich betreibt, dass sie seinen Namen und seine Adresse prüfen soll.
model-quota = Das Kontingent meines Sprachmodells ist aufgebraucht. Bitte sag der Person Bescheid, die mich betreibt.
model-refused = Das Sprachmodell konnte mit meiner Anfrage nichts anfangen. Bitte sag der Person Bescheid, die mich betreibt.
model-failed = Das Sprachmodell hat versagt. Bitte frag gleich noch einmal.
memory-unreachable = Mein Gedächtnis ist nicht erreichbar. Bitte frag gleich noch einmal.
not-remembered = An diese Antwort werde ich mich nicht erinnern, weil mein Gedächtnis nicht erreichbar ist.
went-wrong = Bei mir ist etwas schiefgegangen. Bitte frag gleich noch einmal.
