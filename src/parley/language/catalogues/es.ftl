# Los textos del bot en español. Tutea.

## En lugar de una respuesta

no-question = ¡Hola! ¿Qué puedo hacer por ti? Envíame tu pregunta.
still-answering = Todavía estoy respondiendo a tus mensajes anteriores. Vuelve a enviarme este cuando termine.
gave-up = No he podido responder a este mensaje tras varios intentos. Escríbelo de otra forma o pide a mi administrador que lo revise.

## Acceso y límites

not-your-organization = ¡Hola! Solo estoy disponible para determinadas organizaciones, así que no puedo responderte. Si crees que es un error, habla con mi administrador.
# $seconds: two or more
wait-for-seconds = Has alcanzado tu límite por ahora. Podrás volver a preguntarme en { $seconds } segundos.
# $time: in the user's time zone
wait-until = Has alcanzado tu límite por ahora. Podrás volver a preguntarme a esta hora: { DATETIME($time, timeStyle: "short") }.
wait-until-another-day = Has alcanzado tu límite por ahora. Podrás volver a preguntarme en este momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") }.
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = Has alcanzado tu límite por ahora. Podrás volver a preguntarme a esta hora: { DATETIME($time, timeStyle: "short") } UTC.
wait-until-another-day-in-utc = Has alcanzado tu límite por ahora. Podrás volver a preguntarme en este momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") } UTC.

## Mensaje de bienvenida, mostrado sin Markdown

hello = ¡Hola!
# $name: the user's first name
hello-by-name = ¡Hola, { $name }!
# $hello: one of the two above; $name: the bot's name
welcome = { $hello } Soy { $name }, un asistente de IA. Pregúntame lo que quieras y te respondo aquí mismo. Puedo equivocarme, así que comprueba lo importante. Escribe /help para ver qué más sé hacer.
# the same while the demo model answers
welcome-demo = { $hello } Soy { $name }. Todavía no tengo conectado ningún modelo de lenguaje, así que de momento responde una pequeña demostración: unas cuantas reglas, en siete idiomas. Aquí tienes tres cosas que merece la pena ver. La última cuenta cómo conectar un modelo de verdad.
# $name: the bot's name
welcome-group = Hola, soy { $name }, un asistente de IA. Menciona a @{ $name } con una pregunta y responderé aquí para todo el grupo. Solo veo los mensajes que me mencionan y puedo equivocarme, así que conviene comprobar lo importante.
# the same while the demo model answers
welcome-group-demo = Hola, soy { $name }. Menciona a @{ $name } con una pregunta y responderé aquí para todo el grupo. Todavía no tengo conectado ningún modelo de lenguaje, así que de momento responde una pequeña demostración: unas cuantas reglas. Prueba con «@{ $name } ¿Qué puedes hacer?»
starter-abilities = ¿En qué puedes ayudarme?
starter-draft = Redacta un mensaje breve y amable para mi equipo
starter-ideas = Dame ideas para un evento de equipo
starter-compare = Dime las ventajas y desventajas de estas opciones: una llamada o un correo
# the three while the demo model answers
starter-story = Cuéntame un cuento breve
starter-table = Muéstrame una tabla
starter-connect = Conectar un modelo de verdad

## Comandos, cada uno con su línea en la lista

# a list of examples follows
help = Pregúntame lo que quieras con tus propias palabras, por ejemplo:
help-in-group = Mencióname y pregunta lo que quieras con tus propias palabras, por ejemplo:
help-more = También puedes enviarme imágenes y archivos. Si editas tu última pregunta, la vuelvo a responder.
help-more-in-group = Solo veo los mensajes que me mencionan. Si editas tu última pregunta, la vuelvo a responder.
help-commands = También conozco estos comandos:
command-new = empezar una conversación nueva; no tendré en cuenta lo anterior
command-help = mostrar esta lista
command-forget = borrar todo lo que he guardado sobre esta conversación
unknown-command = No conozco ese comando. Estos son los que conozco:
new-conversation = Esta es una conversación nueva. No tendré en cuenta lo anterior.
# $command: the command that the user has to write
confirm-forget = Voy a borrar todo lo que he guardado sobre esta conversación y no se puede deshacer. Los mensajes en sí se quedan en Teams. Escribe «{ $command }» para confirmar.
confirm-forget-own = Voy a borrar tus preguntas en esta conversación, mis respuestas y tus valoraciones. No se puede deshacer. Solo un propietario puede borrar lo que han preguntado los demás. Los mensajes en sí se quedan en Teams. Escribe «{ $command }» para confirmar.
forgotten = Listo: he borrado todo lo que había guardado sobre esta conversación.
forgotten-own = Listo: he borrado tus preguntas en esta conversación, mis respuestas y tus valoraciones.
kept = No he borrado nada.
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = Borrar mis datos
keep-my-data = Conservar mis datos

## Mientras se prepara una respuesta

thinking = Pensando…
# $tool: the tool's name, with spaces
using-tool = Usando { $tool }…
still-writing = *Sigo escribiendo. La respuesta completa aparecerá en este mensaje.*

## Debajo de una respuesta

cut-off = *Mi respuesta termina aquí porque ha alcanzado su longitud máxima. Pídeme que continúe, o pide menos de una vez.*
picture-removed = [imagen eliminada: { $description }]

## Archivos adjuntos, debajo de una respuesta o en su lugar

# $names: the names of one or more files and pictures
attachment-cut = Solo he leído el principio de { $names }, porque todo es demasiado para mí de una vez.
attachment-incomplete = { $names }: solo he podido leer una parte. El resto está dañado o en un formato que no puedo leer.
attachment-misread = { $names }: puede que haya leído mal algunos caracteres. Comprueba mi respuesta o envíamelo en otro formato.
attachment-unsupported = No puedo leer { $names }. Puedo leer imágenes (PNG, JPEG, GIF, WebP), archivos PDF, Word, Excel y PowerPoint (docx, xlsx, pptx) y cualquier tipo de texto, como CSV, HTML, correos, registros y código fuente.
attachment-too-many = Es más de lo que puedo leer de una vez. He dejado fuera { $names }.
attachment-too-large = { $names }: es demasiado grande para mí. Envíame una versión más pequeña o solo la parte que importa.
attachment-not-downloaded = { $names }: no he podido descargarlo de Teams. Guárdalo y adjúntalo como archivo.
attachment-empty = { $names }: no contiene nada.
attachment-damaged = { $names }: no he podido abrirlo. Puede que esté dañado o que no sea lo que dice su nombre.
attachment-encrypted = { $names }: está protegido con contraseña. Envíamelo sin ella.
attachment-without-text = { $names }: no contiene texto. Si es un documento escaneado, envíame las páginas como imágenes.
attachment-too-slow = { $names }: he tardado demasiado en leerlo. Envíame solo la parte que importa.
attachment-failed = { $names }: algo ha fallado por mi parte mientras lo leía. Adjúntalo de nuevo, o solo la parte que importa.
attachment-animated = No puedo ver GIF ni stickers. Dímelo con palabras.
attachment-only-in-chat = En grupos y canales, Teams no me da los archivos ni las imágenes. Envíamelos en nuestro chat individual.

## Errores

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what } (ID: { $id })
# $what: the same; $advice: one of the next five
failure-with-advice = { $what } { $advice } (ID: { $id })
try-later = Inténtalo de nuevo en un momento. Si no funciona, avisa a mi administrador.
tell-administrator = Avisa a mi administrador.
# $settings: their names; $command: the command to type
check-settings = Revisa { $settings } y vuelve a iniciarme. Para ver qué falla, ejecuta «{ $command }».
check-server = Comprueba que su servidor esté en marcha y que { $settings } sea correcto. Para ver qué falla, ejecuta «{ $command }».
run-doctor = Para ver qué falla, ejecuta «{ $command }».
# the message below a failure, and its suggested action
offer-to-try-again = ¿Lo intento de nuevo?
try-again = Intentar de nuevo
empty-answer = El modelo de lenguaje me ha dado una respuesta vacía. Escribe tu pregunta de otra forma e inténtalo de nuevo.
no-tokens-left = El modelo de lenguaje ha alcanzado su límite de tokens antes de la primera palabra. Pide menos de una vez o pide a mi administrador que aumente MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = El modelo de lenguaje no ha dejado de llamar a herramientas en vez de responder. Escribe tu pregunta de otra forma e inténtalo de nuevo.
context-too-long = Es más de lo que el modelo de lenguaje puede procesar de una vez. Envíame menos texto.
model-without-vision = Mi modelo de lenguaje no puede ver imágenes. Describe con palabras lo que muestran.
question-filtered = El filtro de contenido del modelo de lenguaje ha bloqueado tu pregunta. Escríbela de otra forma.
answer-filtered = El filtro de contenido del modelo de lenguaje ha interrumpido la respuesta. Pide algo un poco distinto.
answer-stalled = El modelo de lenguaje se ha parado a mitad de la respuesta. Inténtalo de nuevo en un momento.
answer-lost = He perdido la conexión con el modelo de lenguaje a mitad de la respuesta. Inténtalo de nuevo en un momento.
answer-malformed = No he podido leer la respuesta del modelo de lenguaje.
model-unreachable = No puedo conectar con el modelo de lenguaje.
model-slow = El modelo de lenguaje ha tardado demasiado en responder. Inténtalo de nuevo en un momento.
model-busy = El modelo de lenguaje está muy ocupado ahora mismo. Inténtalo de nuevo en un minuto.
model-rejected-credentials = El modelo de lenguaje ha rechazado mis credenciales.
model-not-found = No encuentro mi modelo de lenguaje.
model-quota = La cuota de mi modelo de lenguaje se ha agotado.
model-rejected-request = El modelo de lenguaje ha rechazado mi solicitud.
model-failed = El modelo de lenguaje ha tenido un error. Inténtalo de nuevo en un momento.
memory-unreachable = Ahora mismo no puedo acceder a mi memoria. Inténtalo de nuevo en un momento.
not-remembered = No recordaré esta respuesta, porque ahora mismo no puedo acceder a mi memoria.
went-wrong = Algo ha fallado por mi parte. Inténtalo de nuevo en un momento.

## En el terminal

command-attach = enviar un archivo con tu próximo mensaje
command-edit = sustituir tu última pregunta; la vuelvo a responder
command-exit = salir
file-attached = Recibiré { $name } con tu próximo mensaje.
choices-ended = Lo he tomado como un mensaje: puedes elegir por número hasta mi siguiente respuesta.
