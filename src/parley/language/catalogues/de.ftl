# Die Texte des Bots auf Deutsch. Er duzt.

## Anstelle einer Antwort

no-question = Hallo! Was kann ich für dich tun? Schreib mir einfach deine Frage.
still-answering = Ich bin noch mit deinen vorherigen Nachrichten beschäftigt. Bitte schick mir diese noch einmal, wenn ich fertig bin.
gave-up = Ich konnte diese Nachricht auch nach mehreren Versuchen nicht beantworten. Bitte formuliere sie um oder bitte mein Admin-Team, sich das anzusehen.

## Zugang und Limits

not-your-organization = Hallo! Ich bin nur für bestimmte Organisationen da und kann dir deshalb nicht antworten. Wenn das ein Irrtum ist, wende dich bitte an mein Admin-Team.
# $seconds: two or more
wait-for-seconds = Du hast dein Limit vorerst erreicht. In { $seconds } Sekunden kannst du mich wieder fragen.
# $time: in the user's time zone
wait-until = Du hast dein Limit vorerst erreicht. Ab { DATETIME($time, timeStyle: "short") } Uhr kannst du mich wieder fragen.
wait-until-another-day = Du hast dein Limit vorerst erreicht. Am { DATETIME($time, dateStyle: "long") } ab { DATETIME($time, timeStyle: "short") } Uhr kannst du mich wieder fragen.
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = Du hast dein Limit vorerst erreicht. Ab { DATETIME($time, timeStyle: "short") } Uhr UTC kannst du mich wieder fragen.
wait-until-another-day-in-utc = Du hast dein Limit vorerst erreicht. Am { DATETIME($time, dateStyle: "long") } ab { DATETIME($time, timeStyle: "short") } Uhr UTC kannst du mich wieder fragen.

## Begrüßung, ohne Markdown gezeigt

hello = Hallo!
# $name: the user's first name
hello-by-name = Hallo { $name }!
# $hello: one of the two above; $name: the bot's name
welcome = { $hello } Ich bin { $name }, ein KI-Assistent. Frag mich einfach, ich antworte direkt hier. Ich kann mich irren, also prüf bitte, worauf es ankommt. Mit /help siehst du, was ich noch kann.
# the same while the demo model answers
welcome-demo = { $hello } Ich bin { $name }. Noch ist kein Sprachmodell mit mir verbunden, darum antwortet vorerst eine kleine Demo: eine Handvoll Regeln in sieben Sprachen. Hier sind drei Dinge, die sich lohnen. Das letzte verrät, wie du ein echtes Modell verbindest.
# $name: the bot's name
welcome-group = Hallo, ich bin { $name }, ein KI-Assistent. Erwähnt @{ $name } mit einer Frage, und ich antworte hier für alle. Ich sehe nur Nachrichten, die mich erwähnen, und ich kann mich irren, also prüft bitte, worauf es ankommt.
# the same while the demo model answers
welcome-group-demo = Hallo, ich bin { $name }. Erwähnt @{ $name } mit einer Frage, und ich antworte hier für alle. Noch ist kein Sprachmodell mit mir verbunden, darum antwortet vorerst eine kleine Demo: eine Handvoll Regeln. Probiert „@{ $name } Was kannst du?“
starter-abilities = Wobei kannst du mir helfen?
starter-draft = Entwirf eine kurze, freundliche Nachricht an mein Team
starter-ideas = Gib mir Ideen für ein Teamevent
starter-compare = Nenne die Vor- und Nachteile dieser Möglichkeiten: Anruf oder E-Mail
# the three while the demo model answers
starter-story = Erzähl mir eine kurze Geschichte
starter-table = Zeig mir eine Tabelle
starter-connect = Ein echtes Modell verbinden

## Befehle, jeder mit seiner Zeile in der Liste

# a list of examples follows
help = Frag mich einfach in deinen eigenen Worten, zum Beispiel:
help-in-group = Erwähnt mich und fragt in euren eigenen Worten, zum Beispiel:
help-more = Du kannst mir auch Bilder und Dateien schicken. Wenn du deine letzte Frage bearbeitest, beantworte ich sie neu.
help-more-in-group = Ich sehe nur Nachrichten, die mich erwähnen. Wenn du deine letzte Frage bearbeitest, beantworte ich sie neu.
help-commands = Außerdem kenne ich diese Befehle:
command-new = ein neues Gespräch beginnen; Bisheriges berücksichtige ich dann nicht mehr
command-help = diese Liste anzeigen
command-forget = alles löschen, was ich zu diesem Gespräch gespeichert habe
unknown-command = Diesen Befehl kenne ich nicht. Diese hier kenne ich:
new-conversation = Wir beginnen ein neues Gespräch. Was vorher gesagt wurde, berücksichtige ich nicht mehr.
# $command: the command that the user has to write
confirm-forget = Damit lösche ich alles, was ich zu diesem Gespräch gespeichert habe. Das lässt sich nicht rückgängig machen. Die Nachrichten selbst bleiben in Teams. Schreib zur Bestätigung „{ $command }“.
confirm-forget-own = Damit lösche ich deine Fragen in diesem Gespräch, meine Antworten darauf und dein Feedback. Das lässt sich nicht rückgängig machen. Fragen von anderen kann nur ein Besitzer löschen. Die Nachrichten selbst bleiben in Teams. Schreib zur Bestätigung „{ $command }“.
forgotten = Erledigt: Alles, was ich zu diesem Gespräch gespeichert hatte, ist gelöscht.
forgotten-own = Erledigt: Deine Fragen in diesem Gespräch, meine Antworten darauf und dein Feedback sind gelöscht.
kept = Ich habe nichts gelöscht.
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = Meine Daten löschen
keep-my-data = Meine Daten behalten

## Während eine Antwort entsteht

thinking = Ich denke nach …
# $tool: the tool's name, with spaces
using-tool = Ich verwende { $tool } …
still-writing = *Ich schreibe noch. Die vollständige Antwort erscheint in dieser Nachricht.*

## Unter einer Antwort

cut-off = *Hier endet meine Antwort, weil sie die maximale Länge erreicht hat. Bitte mich, weiterzuschreiben, oder frag nach weniger auf einmal.*
picture-removed = [Bild entfernt: { $description }]

## Anhänge, unter einer Antwort oder an ihrer Stelle

# $names: the names of one or more files and pictures
attachment-cut = Von { $names } habe ich nur den Anfang gelesen. Alles auf einmal ist zu viel für mich.
attachment-incomplete = { $names }: Ich konnte nur einen Teil lesen. Der Rest ist beschädigt oder in einem Format, das ich nicht lesen kann.
attachment-misread = { $names }: Einzelne Zeichen habe ich vielleicht falsch gelesen. Bitte prüf meine Antwort oder schick mir ein anderes Format.
attachment-unsupported = { $names } kann ich nicht lesen. Lesen kann ich Bilder (PNG, JPEG, GIF, WebP), PDF-, Word-, Excel- und PowerPoint-Dateien (docx, xlsx, pptx) und Text aller Art, zum Beispiel CSV, HTML, E-Mails, Logs und Quellcode.
attachment-too-many = Das ist mehr, als ich auf einmal lesen kann. Ausgelassen habe ich { $names }.
attachment-too-large = { $names }: Das ist zu groß für mich. Bitte schick mir eine kleinere Version oder nur den wichtigen Teil.
attachment-not-downloaded = { $names }: Das konnte ich nicht von Teams herunterladen. Bitte speichere es und häng es als Datei an.
attachment-empty = { $names }: Da ist nichts drin.
attachment-damaged = { $names }: Das konnte ich nicht öffnen. Vielleicht ist es beschädigt oder etwas anderes, als der Name vermuten lässt.
attachment-encrypted = { $names }: Das ist mit einem Kennwort geschützt. Bitte schick es mir ohne.
attachment-without-text = { $names }: Darin ist kein Text. Falls es ein Scan ist, schick mir die Seiten bitte als Bilder.
attachment-too-slow = { $names }: Das Lesen hat zu lange gedauert. Bitte schick mir nur den wichtigen Teil.
attachment-failed = { $names }: Beim Lesen ist bei mir etwas schiefgegangen. Bitte häng es noch einmal an oder schick mir nur den wichtigen Teil.
attachment-animated = GIFs und Sticker kann ich nicht sehen. Bitte sag es mir in Worten.
attachment-only-in-chat = In Gruppen und Kanälen gibt Teams mir keine Dateien und Bilder. Bitte schick sie mir in unserem 1:1-Chat.

## Fehler

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what } (ID: { $id })
# $what: the same; $advice: one of the next five
failure-with-advice = { $what } { $advice } (ID: { $id })
try-later = Bitte versuch es gleich noch einmal. Wenn das nicht hilft, sag bitte meinem Admin-Team Bescheid.
tell-administrator = Bitte sag meinem Admin-Team Bescheid.
# $settings: their names; $command: the command to type
check-settings = Bitte prüfe { $settings } und starte mich neu. Was nicht stimmt, zeigt „{ $command }“.
check-server = Bitte prüfe, ob sein Server läuft und ob { $settings } stimmt. Was nicht stimmt, zeigt „{ $command }“.
run-doctor = Was nicht stimmt, zeigt „{ $command }“.
# the message below a failure, and its suggested action
offer-to-try-again = Soll ich es noch einmal versuchen?
try-again = Noch einmal versuchen
empty-answer = Das Sprachmodell hat mir eine leere Antwort gegeben. Bitte formuliere deine Frage um und versuch es noch einmal.
no-tokens-left = Das Sprachmodell hat sein Token-Limit vor dem ersten Wort erreicht. Bitte frag nach weniger auf einmal oder bitte mein Admin-Team, MODEL_MAX_OUTPUT_TOKENS zu erhöhen.
endless-tool-calls = Das Sprachmodell hat immer wieder Tools aufgerufen, statt zu antworten. Bitte formuliere deine Frage um und versuch es noch einmal.
context-too-long = Das ist mehr, als das Sprachmodell auf einmal verarbeiten kann. Bitte schick mir weniger Text.
model-without-vision = Mein Sprachmodell kann keine Bilder sehen. Bitte beschreib in Worten, was darauf zu sehen ist.
question-filtered = Der Inhaltsfilter des Sprachmodells hat deine Frage blockiert. Bitte formuliere sie um.
answer-filtered = Der Inhaltsfilter des Sprachmodells hat die Antwort abgebrochen. Bitte frag etwas anders.
answer-stalled = Das Sprachmodell ist mitten in der Antwort stehen geblieben. Bitte versuch es gleich noch einmal.
answer-lost = Ich habe mitten in der Antwort die Verbindung zum Sprachmodell verloren. Bitte versuch es gleich noch einmal.
answer-malformed = Ich konnte die Antwort des Sprachmodells nicht lesen.
model-unreachable = Ich kann das Sprachmodell nicht erreichen.
model-slow = Das Sprachmodell hat zu lange für die Antwort gebraucht. Bitte versuch es gleich noch einmal.
model-busy = Das Sprachmodell ist gerade stark ausgelastet. Bitte versuch es in einer Minute noch einmal.
model-rejected-credentials = Das Sprachmodell hat meine Zugangsdaten abgelehnt.
model-not-found = Ich konnte mein Sprachmodell nicht finden.
model-quota = Das Kontingent meines Sprachmodells ist aufgebraucht.
model-rejected-request = Das Sprachmodell hat meine Anfrage abgelehnt.
model-failed = Beim Sprachmodell ist ein Fehler aufgetreten. Bitte versuch es gleich noch einmal.
memory-unreachable = Ich komme gerade nicht an mein Gedächtnis heran. Bitte versuch es gleich noch einmal.
not-remembered = An diese Antwort werde ich mich nicht erinnern, weil ich gerade nicht an mein Gedächtnis herankomme.
went-wrong = Bei mir ist etwas schiefgegangen. Bitte versuch es gleich noch einmal.

## Im Terminal

command-attach = eine Datei mit deiner nächsten Nachricht senden
command-edit = deine letzte Frage ersetzen; ich beantworte sie dann neu
command-exit = beenden
file-attached = Ich bekomme { $name } mit deiner nächsten Nachricht.
choices-ended = Das habe ich als Nachricht verstanden: Per Nummer auswählen kannst du bis zu meiner nächsten Antwort.
