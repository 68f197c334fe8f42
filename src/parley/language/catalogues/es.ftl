# Las frases del bot en español. Tutea.

## En lugar de una respuesta

no-question = ¡Hola! ¿Qué puedo hacer por ti? Escríbeme una pregunta y haré todo lo posible.
too-many-wait = Todavía no he terminado con lo que has escrito hasta ahora y no puedo admitir nada más. Vuelve a enviar este mensaje cuando haya respondido, por favor.
set-aside = No he podido responder a este mensaje: cada vez que lo intenté, me vine abajo. Escríbelo con otras palabras, por favor, o pide a la persona que me administra que lo revise.

## Quién puede usarlo y cuánto

not-for-guests = ¡Hola! Estoy aquí para las personas de determinadas organizaciones y no puedo responderte. Si crees que debería, habla con la persona que me administra, por favor.
# $seconds: two or more
pause-for-seconds = Me has preguntado todo lo que puedes por ahora. Podré seguir en { $seconds } segundos.
# $time: when, in the person's time zone
pause-until = Me has preguntado todo lo que puedes por ahora. Hora a la que podré seguir: { DATETIME($time, timeStyle: "short") }.
pause-until-another-day = Me has preguntado todo lo que puedes por ahora. Podré seguir a partir de este momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") }.
# $time: when; the person's time zone is not known
pause-until-in-utc = Me has preguntado todo lo que puedes por ahora. Hora a la que podré seguir: { DATETIME($time, timeStyle: "short") } UTC.
pause-until-another-day-in-utc = Me has preguntado todo lo que puedes por ahora. Podré seguir a partir de este momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") } UTC.

## El saludo, mostrado sin Markdown

hello = Hola, soy un asistente de IA: pregúntame lo que quieras, y respondo aquí mismo. Mis respuestas pueden ser erróneas, así que comprueba lo importante; escribe /help para ver qué más sé hacer.
# $name: what the bot is called
hello-group = Hola, soy { $name }, un asistente de IA: mencióname con @{ $name } y una pregunta, y respondo aquí para todos. Solo veo los mensajes que me mencionan, y mis respuestas pueden ser erróneas, así que conviene comprobar lo importante.
starter-abilities = ¿En qué puedes ayudarme?
starter-draft = Redacta un mensaje breve y amable para mi equipo
starter-ideas = Dame ideas para un evento de equipo

## Comandos; cada uno tiene una línea en la lista

help = Pregúntame con tus propias palabras. En un chat de dos, envíame también imágenes y archivos. Edita tu última pregunta y la respondo de nuevo. Además, conozco estos comandos:
command-new = empezar una conversación nueva; lo dicho antes ya no cuenta
command-help = mostrar esta lista
command-forget = borrar todo lo que he guardado sobre esta conversación
unknown-command = No conozco este comando. Estos son los que conozco:
new-conversation = Esta es una conversación nueva. Lo dicho antes ya no cuenta.
# $command: what the person has to write
confirm-forget = Esto borra todo lo que he guardado sobre esta conversación y no se puede deshacer. Los mensajes en sí permanecen en Teams. Escribe «{ $command }» para continuar.
confirm-forget-own = Esto borra lo que me has preguntado en esta conversación, mis respuestas y tus opiniones, y no se puede deshacer. Solo un propietario puede borrar lo que han preguntado los demás. Los mensajes en sí permanecen en Teams. Escribe «{ $command }» para continuar.
forgotten = Todo lo que había guardado sobre esta conversación está borrado.
forgotten-own = Lo que me habías preguntado en esta conversación está borrado, con mis respuestas y tus opiniones.

## Mientras se prepara una respuesta

thinking = Pensando…
using-tool = Usando { $tool }…
still-writing = *Sigo escribiendo. Este mensaje se completará cuando la respuesta esté lista.*

## Debajo de una respuesta

cut-off = La respuesta termina aquí porque ha alcanzado su longitud máxima. Pídeme que continúe, o pide menos de una vez.

## Debajo de una respuesta o en su lugar: lo adjunto

attachment-cut = De { $names } solo he leído el principio, porque todo es más de lo que puedo abarcar de una vez.
attachment-incomplete = { $names }: solo he podido leer una parte. El resto está dañado o es de un tipo que no puedo leer.
attachment-misread = { $names }: puede que algunos caracteres de lo que he leído no sean correctos. Comprueba la respuesta, o envíalo en otro formato, por favor.
attachment-of-other-kind = No puedo leer { $names }. Lo que sí puedo leer: imágenes (PNG, JPEG, GIF, WebP), archivos PDF, Word, Excel y PowerPoint (docx, xlsx, pptx) y todo lo que sea texto, como CSV, HTML, correos, registros y código fuente.
attachment-too-many = Es más de lo que puedo leer de una vez. He dejado fuera { $names }.
attachment-too-large = { $names }: demasiado grande para mí. Envíamelo más pequeño, o solo la parte que importa.
attachment-not-downloaded = { $names }: no he podido obtenerlo de Teams. Guárdalo y adjúntalo como archivo, por favor.
attachment-empty = { $names }: no contiene nada.
attachment-damaged = { $names }: no consigo leerlo. Puede que esté dañado o que sea algo distinto de lo que dice su nombre.
attachment-encrypted = { $names }: está protegido con contraseña. Envíamelo sin ella, por favor.
attachment-without-text = { $names }: no contiene texto. Si se escaneó, envíame sus páginas como imágenes, por favor.
attachment-too-slow = { $names }: leerlo llevaba demasiado tiempo, así que lo he dejado. Envíame solo la parte que importa, por favor.
attachment-broken-off = { $names }: algo por mi parte me ha impedido leerlo. Adjúntalo de nuevo, o solo la parte que importa.
attachment-moving = No puedo ver los GIF ni los stickers. Dímelo con palabras, por favor.
attachment-only-in-chat = En los grupos y canales, Teams no me da los archivos ni las imágenes adjuntas. Envíamelos en nuestro chat individual, por favor: allí sí puedo leerlos.

## Lo que ha fallado

failure-with-id = { $what } (ID: { $id })
empty-answer = El modelo de lenguaje no ha tenido nada que decir a eso. Dilo de otra manera y vuelve a preguntar, por favor.
no-tokens-left = El modelo de lenguaje ha alcanzado su límite de tokens antes de la primera palabra. Pide menos de una vez, por favor, o di a la persona que me administra que aumente MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = El modelo de lenguaje no ha dejado de llamar a herramientas en vez de responder. Dilo de otra manera y vuelve a preguntar, por favor.
context-too-long = Eso es más de lo que el modelo de lenguaje puede admitir de una vez. Pregunta con menos texto, por favor.
model-blind = Mi modelo de lenguaje no puede ver imágenes. Dime con palabras qué hay en ellas, por favor.
question-filtered = El filtro de contenido del modelo de lenguaje ha rechazado la pregunta. Dila de otra manera, por favor.
answer-filtered = El filtro de contenido del modelo de lenguaje ha interrumpido la respuesta. Pide algo un poco distinto, por favor.
answer-stalled = El modelo de lenguaje se ha quedado callado a mitad de la respuesta. Vuelve a preguntar en un momento, por favor.
answer-lost = He perdido el modelo de lenguaje a mitad de la respuesta. Vuelve a preguntar en un momento, por favor.
answer-malformed = El modelo de lenguaje ha enviado algo que no puedo leer. Vuelve a preguntar en un momento, por favor, y si eso no ayuda, avisa a la persona que me administra.
model-unreachable = No consigo conectar con el modelo de lenguaje. Vuelve a preguntar en un momento, por favor, y si eso no ayuda, avisa a la persona que me administra.
model-slow = El modelo de lenguaje ha tardado demasiado en responder. Vuelve a preguntar en un momento, por favor.
model-busy = El modelo de lenguaje tiene demasiado que hacer ahora mismo. Vuelve a preguntar en un minuto, por favor.
model-closed = El modelo de lenguaje no me deja entrar. Di a la persona que me administra que revise la clave, por favor.
model-not-found = No se ha encontrado mi modelo de lenguaje. Di a la persona que me administra que revise su nombre y su dirección, por favor.
model-quota = La cuota de mi modelo de lenguaje se ha agotado. Avisa a la persona que me administra, por favor.
model-refused = El modelo de lenguaje no ha podido procesar mi solicitud. Avisa a la persona que me administra, por favor.
model-failed = El modelo de lenguaje ha fallado. Vuelve a preguntar en un momento, por favor.
memory-unreachable = No puedo acceder a mi memoria. Vuelve a preguntar en un momento, por favor.
not-remembered = No recordaré esta respuesta, porque no puedo acceder a mi memoria.
went-wrong = Algo ha salido mal por mi parte. Vuelve a preguntar en un momento, por favor.
