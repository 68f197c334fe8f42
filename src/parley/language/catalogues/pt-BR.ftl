# Os textos do bot em português do Brasil. Ele trata o usuário por você.

## No lugar de uma resposta

no-question = Olá! Como posso ajudar? É só me enviar sua pergunta.
still-answering = Ainda estou respondendo às suas mensagens anteriores. Envie esta de novo quando eu terminar.
gave-up = Não consegui responder a esta mensagem depois de várias tentativas. Escreva de outra forma ou peça ao meu administrador para verificar.

## Acesso e limites

not-your-organization = Olá! Estou disponível apenas para determinadas organizações, por isso não posso responder a você. Se acha que isso é um engano, fale com o meu administrador.
# $seconds: two or more
wait-for-seconds = Você atingiu o seu limite por enquanto. Pode me perguntar de novo em { $seconds } segundos.
# $time: in the user's time zone
wait-until = Você atingiu o seu limite por enquanto. Pode me perguntar de novo a partir deste horário: { DATETIME($time, timeStyle: "short") }.
wait-until-another-day = Você atingiu o seu limite por enquanto. Pode me perguntar de novo a partir deste horário: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") }.
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = Você atingiu o seu limite por enquanto. Pode me perguntar de novo a partir deste horário: { DATETIME($time, timeStyle: "short") } UTC.
wait-until-another-day-in-utc = Você atingiu o seu limite por enquanto. Pode me perguntar de novo a partir deste horário: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") } UTC.

## Mensagem de boas-vindas, mostrada sem Markdown

hello = Olá!
# $name: the user's first name
hello-by-name = Olá, { $name }!
# $hello: one of the two above; $name: the bot's name
welcome = { $hello } Sou { $name }, um assistente de IA. Pergunte o que quiser e eu respondo aqui mesmo. Posso cometer erros, então confira o que for importante. Escreva /help para ver o que mais sei fazer.
# the same while the demo model answers
welcome-demo = { $hello } Sou { $name }. Ainda não há um modelo de linguagem conectado a mim, então por enquanto quem responde é uma pequena demonstração: algumas regras, em sete idiomas. Aqui estão três coisas que valem a pena ver. A última conta como conectar um modelo de verdade.
# $name: the bot's name
welcome-group = Olá, sou { $name }, um assistente de IA. Mencione @{ $name } com uma pergunta e eu respondo aqui para todo mundo. Só vejo as mensagens que me mencionam e posso cometer erros, então confiram o que for importante.
# the same while the demo model answers
welcome-group-demo = Olá, sou { $name }. Mencione @{ $name } com uma pergunta e eu respondo aqui para todo mundo. Ainda não há um modelo de linguagem conectado a mim, então por enquanto quem responde é uma pequena demonstração: algumas regras. Experimentem “@{ $name } O que você pode fazer?”
starter-abilities = Com o que você pode me ajudar?
starter-draft = Escreva uma mensagem curta e simpática para a minha equipe
starter-ideas = Quero ideias para um evento da equipe
starter-compare = Liste as vantagens e desvantagens destas opções: uma ligação ou um e-mail
# the three while the demo model answers
starter-story = Conte uma história curta
starter-table = Mostre uma tabela
starter-connect = Conectar um modelo de verdade

## Comandos, cada um com sua linha na lista

# a list of examples follows
help = Pergunte o que quiser com as suas próprias palavras, por exemplo:
help-in-group = Mencione meu nome e pergunte o que quiser com as suas próprias palavras, por exemplo:
help-more = Você também pode me enviar imagens e arquivos. Se editar sua última pergunta, eu respondo de novo.
help-more-in-group = Só vejo as mensagens que me mencionam. Se editar sua última pergunta, eu respondo de novo.
help-commands = Também conheço estes comandos:
command-new = começar uma nova conversa; não vou mais considerar o que veio antes
command-help = mostrar esta lista
command-forget = apagar tudo o que guardei sobre esta conversa
unknown-command = Não conheço esse comando. Estes são os que conheço:
new-conversation = Esta é uma nova conversa. Não vou mais considerar o que veio antes.
# $command: the command that the user has to write
confirm-forget = Vou apagar tudo o que guardei sobre esta conversa, e isso não pode ser desfeito. As mensagens em si ficam no Teams. Escreva “{ $command }” para confirmar.
confirm-forget-own = Vou apagar as suas perguntas nesta conversa, as minhas respostas e as suas avaliações. Isso não pode ser desfeito. Só um proprietário pode apagar o que os outros perguntaram. As mensagens em si ficam no Teams. Escreva “{ $command }” para confirmar.
forgotten = Pronto! Apaguei tudo o que tinha guardado sobre esta conversa.
forgotten-own = Pronto! Apaguei as suas perguntas nesta conversa, as minhas respostas e as suas avaliações.
kept = Não apaguei nada.
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = Apagar meus dados
keep-my-data = Manter meus dados

## Enquanto uma resposta é preparada

thinking = Pensando…
# $tool: the tool's name, with spaces
using-tool = Usando { $tool }…
still-writing = *Ainda estou escrevendo. A resposta completa vai aparecer nesta mensagem.*

## Abaixo de uma resposta

cut-off = *A minha resposta termina aqui porque atingiu o tamanho máximo. Peça para eu continuar ou peça menos de cada vez.*
picture-removed = [imagem removida: { $description }]

## Anexos, abaixo de uma resposta ou no lugar dela

# $names: the names of one or more files and pictures
attachment-cut = Li só o começo de { $names }, porque tudo é demais para mim de uma vez.
attachment-incomplete = { $names }: só consegui ler uma parte. O resto está danificado ou em um formato que não consigo ler.
attachment-misread = { $names }: posso ter lido alguns caracteres errado. Confira a minha resposta ou envie em outro formato.
attachment-unsupported = Não consigo ler { $names }. Consigo ler imagens (PNG, JPEG, GIF, WebP), arquivos PDF, Word, Excel e PowerPoint (docx, xlsx, pptx) e qualquer tipo de texto, como CSV, HTML, e-mails, logs e código-fonte.
attachment-too-many = É mais do que consigo ler de uma vez. Deixei de fora { $names }.
attachment-too-large = { $names }: é grande demais para mim. Envie uma versão menor ou só a parte que importa.
attachment-not-downloaded = { $names }: não consegui baixar do Teams. Salve e anexe como arquivo.
attachment-empty = { $names }: não há nada dentro.
attachment-damaged = { $names }: não consegui abrir. Pode estar danificado ou não ser o que o nome diz.
attachment-encrypted = { $names }: está protegido por senha. Envie sem a senha.
attachment-without-text = { $names }: não contém texto. Se for um documento digitalizado, envie as páginas como imagens.
attachment-too-slow = { $names }: a leitura demorou demais. Envie só a parte que importa.
attachment-failed = { $names }: algo deu errado do meu lado durante a leitura. Anexe de novo, ou só a parte que importa.
attachment-animated = Não consigo ver GIFs nem figurinhas. Diga em palavras.
attachment-only-in-chat = Em grupos e canais, o Teams não me dá os arquivos nem as imagens. Envie para mim no nosso chat individual.

## Erros

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what } (ID: { $id })
# $what: the same; $advice: one of the next five
failure-with-advice = { $what } { $advice } (ID: { $id })
try-later = Tente de novo daqui a pouco. Se não resolver, avise o meu administrador.
tell-administrator = Avise o meu administrador.
# $settings: their names; $command: the command to type
check-settings = Verifique { $settings } e me inicie de novo. Para ver o que está errado, execute “{ $command }”.
check-server = Verifique se o servidor dele está funcionando e se { $settings } está certo. Para ver o que está errado, execute “{ $command }”.
run-doctor = Para ver o que está errado, execute “{ $command }”.
# the message below a failure, and its suggested action
offer-to-try-again = Quer que eu tente de novo?
try-again = Tentar de novo
empty-answer = O modelo de linguagem me deu uma resposta vazia. Escreva a pergunta de outra forma e tente de novo.
no-tokens-left = O modelo de linguagem atingiu o limite de tokens antes da primeira palavra. Peça menos de cada vez ou peça ao meu administrador para aumentar MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = O modelo de linguagem não parou de chamar ferramentas em vez de responder. Escreva a pergunta de outra forma e tente de novo.
context-too-long = É mais do que o modelo de linguagem consegue processar de uma vez. Envie menos texto.
model-without-vision = O meu modelo de linguagem não consegue ver imagens. Descreva em palavras o que elas mostram.
question-filtered = O filtro de conteúdo do modelo de linguagem bloqueou a sua pergunta. Escreva de outra forma.
answer-filtered = O filtro de conteúdo do modelo de linguagem interrompeu a resposta. Peça algo um pouco diferente.
answer-stalled = O modelo de linguagem parou no meio da resposta. Tente de novo daqui a pouco.
answer-lost = Perdi a conexão com o modelo de linguagem no meio da resposta. Tente de novo daqui a pouco.
answer-malformed = Não consegui ler a resposta do modelo de linguagem.
model-unreachable = Não consigo acessar o modelo de linguagem.
model-slow = O modelo de linguagem demorou demais para responder. Tente de novo daqui a pouco.
model-busy = O modelo de linguagem está muito ocupado agora. Tente de novo daqui a um minuto.
model-rejected-credentials = O modelo de linguagem recusou as minhas credenciais.
model-not-found = Não encontrei o meu modelo de linguagem.
model-quota = A cota do meu modelo de linguagem acabou.
model-rejected-request = O modelo de linguagem recusou a minha solicitação.
model-failed = O modelo de linguagem teve um erro. Tente de novo daqui a pouco.
memory-unreachable = Não consigo acessar a minha memória agora. Tente de novo daqui a pouco.
not-remembered = Não vou me lembrar desta resposta, porque não consigo acessar a minha memória agora.
went-wrong = Algo deu errado do meu lado. Tente de novo daqui a pouco.

## No terminal

command-attach = enviar um arquivo com a sua próxima mensagem
command-edit = substituir a sua última pergunta; eu respondo de novo
command-exit = sair
file-attached = Vou receber { $name } com a sua próxima mensagem.
choices-ended = Entendi isso como uma mensagem: você pode escolher pelo número até a minha próxima resposta.
