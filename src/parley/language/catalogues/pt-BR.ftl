# As frases do bot em português do Brasil. Ele trata por você.

## No lugar de uma resposta

no-question = Olá! O que posso fazer por você? Escreva uma pergunta, e farei o meu melhor.
too-many-wait = Ainda não terminei o que você escreveu até agora e não posso receber mais nada. Envie esta mensagem de novo quando eu tiver respondido, por favor.
set-aside = Não consegui responder a esta mensagem: a cada tentativa, eu caí. Escreva com outras palavras, por favor, ou peça a quem me administra para verificar.

## Quem pode usar e quanto

not-for-guests = Olá! Estou aqui para as pessoas de determinadas organizações e não posso responder a você. Se você acha que eu deveria, fale com quem me administra, por favor.
# $seconds: two or more
pause-for-seconds = Você já me perguntou tudo o que pode por enquanto. Posso continuar em { $seconds } segundos.
# $time: when, in the person's time zone
pause-until = Você já me perguntou tudo o que pode por enquanto. Hora em que posso continuar: { DATETIME($time, timeStyle: "short") }.
pause-until-another-day = Você já me perguntou tudo o que pode por enquanto. Posso continuar a partir deste momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") }.
# $time: when; the person's time zone is not known
pause-until-in-utc = Você já me perguntou tudo o que pode por enquanto. Hora em que posso continuar: { DATETIME($time, timeStyle: "short") } UTC.
pause-until-another-day-in-utc = Você já me perguntou tudo o que pode por enquanto. Posso continuar a partir deste momento: { DATETIME($time, dateStyle: "long") }, { DATETIME($time, timeStyle: "short") } UTC.

## A saudação, mostrada sem Markdown

hello = Olá, sou um assistente de IA: pergunte o que quiser, respondo aqui mesmo. Minhas respostas podem estar erradas, então confira o que for importante; escreva /help para ver o que mais sei fazer.
# $name: what the bot is called
hello-group = Olá, sou { $name }, um assistente de IA: mencione-me com @{ $name } e uma pergunta, e respondo aqui para todos. Só vejo as mensagens que me mencionam, e minhas respostas podem estar erradas, então confiram o que for importante.
starter-abilities = Com o que você pode me ajudar?
starter-draft = Escreva uma mensagem curta e simpática para a minha equipe
starter-ideas = Dê-me ideias para um evento da equipe

## Comandos; cada um tem uma linha na lista

help = Pergunte com as suas próprias palavras. Em um chat a dois, envie-me também imagens e arquivos. Edite a sua última pergunta, e eu a respondo de novo. Além disso, conheço estes comandos:
command-new = começar uma nova conversa; o que foi dito antes não conta mais
command-help = mostrar esta lista
command-forget = apagar tudo o que guardei sobre esta conversa
unknown-command = Não conheço esse comando. Estes são os que conheço:
new-conversation = Esta é uma nova conversa. O que foi dito antes não conta mais.
# $command: what the person has to write
confirm-forget = Isto apaga tudo o que guardei sobre esta conversa e não pode ser desfeito. As mensagens em si permanecem no Teams. Escreva “{ $command }” para continuar.
confirm-forget-own = Isto apaga o que você me perguntou nesta conversa, minhas respostas e suas avaliações, e não pode ser desfeito. Só um proprietário pode apagar o que os outros perguntaram. As mensagens em si permanecem no Teams. Escreva “{ $command }” para continuar.
forgotten = Tudo o que eu havia guardado sobre esta conversa foi apagado.
forgotten-own = O que você havia me perguntado nesta conversa foi apagado, com minhas respostas e suas avaliações.

## Enquanto uma resposta é preparada

thinking = Pensando…
using-tool = Usando { $tool }…
still-writing = *Ainda estou escrevendo. Esta mensagem será completada quando a resposta estiver pronta.*

## Abaixo de uma resposta

cut-off = A resposta termina aqui, porque atingiu o tamanho máximo. Peça para eu continuar, ou peça menos de cada vez.

## Abaixo de uma resposta ou no lugar dela: os anexos

attachment-cut = De { $names } li só o começo, porque o todo é mais do que consigo absorver de uma vez.
attachment-incomplete = { $names }: só consegui ler uma parte. O resto está danificado ou é de um tipo que não consigo ler.
attachment-misread = { $names }: alguns caracteres do que li podem estar errados. Confira a resposta ou envie em outro formato, por favor.
attachment-of-other-kind = Não consigo ler { $names }. O que consigo ler: imagens (PNG, JPEG, GIF, WebP), arquivos PDF, Word, Excel e PowerPoint (docx, xlsx, pptx) e tudo o que for texto, como CSV, HTML, e-mails, logs e código-fonte.
attachment-too-many = É mais do que consigo ler de uma vez. Deixei de fora { $names }.
attachment-too-large = { $names }: grande demais para mim. Envie uma versão menor ou só a parte que importa.
attachment-not-downloaded = { $names }: não consegui obter do Teams. Salve e anexe como arquivo, por favor.
attachment-empty = { $names }: não há nada dentro.
attachment-damaged = { $names }: não consigo entender o conteúdo. Pode estar danificado ou ser algo diferente do que o nome diz.
attachment-encrypted = { $names }: está protegido por senha. Envie sem senha, por favor.
attachment-without-text = { $names }: não contém texto. Se foi digitalizado, envie as páginas como imagens, por favor.
attachment-too-slow = { $names }: a leitura demorou demais e eu desisti. Envie só a parte que importa, por favor.
attachment-broken-off = { $names }: algo do meu lado me impediu de ler. Anexe de novo, ou só a parte que importa.
attachment-moving = Não consigo ver GIFs e figurinhas. Diga em palavras, por favor.
attachment-only-in-chat = Em grupos e canais, o Teams não me dá os arquivos e as imagens anexadas. Envie-os na nossa conversa individual, por favor: lá consigo ler.

## O que falhou

failure-with-id = { $what } (ID: { $id })
empty-answer = O modelo de linguagem não teve nada a dizer sobre isso. Diga de outra forma e pergunte de novo, por favor.
no-tokens-left = O modelo de linguagem atingiu o limite de tokens antes da primeira palavra. Peça menos de cada vez, por favor, ou diga a quem me administra para aumentar MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = O modelo de linguagem não parou de chamar ferramentas em vez de responder. Diga de outra forma e pergunte de novo, por favor.
context-too-long = Isso é mais do que o modelo de linguagem pode receber de uma vez. Pergunte com menos texto, por favor.
model-blind = Meu modelo de linguagem não consegue ver imagens. Por favor, diga em palavras o que há nelas.
question-filtered = O filtro de conteúdo do modelo de linguagem recusou a pergunta. Escreva de outra forma, por favor.
answer-filtered = O filtro de conteúdo do modelo de linguagem interrompeu a resposta. Peça algo um pouco diferente, por favor.
answer-stalled = O modelo de linguagem ficou em silêncio no meio da resposta. Pergunte de novo daqui a pouco, por favor.
answer-lost = Perdi o modelo de linguagem no meio da resposta. Pergunte de novo daqui a pouco, por favor.
answer-malformed = O modelo de linguagem enviou algo que não consigo ler. Pergunte de novo daqui a pouco, por favor, e, se isso não ajudar, avise quem me administra.
model-unreachable = Não consigo acessar o modelo de linguagem. Pergunte de novo daqui a pouco, por favor, e, se isso não ajudar, avise quem me administra.
model-slow = O modelo de linguagem demorou demais para responder. Pergunte de novo daqui a pouco, por favor.
model-busy = O modelo de linguagem tem muito a fazer agora. Pergunte de novo daqui a um minuto, por favor.
model-closed = O modelo de linguagem não me deixa entrar. Diga a quem me administra para verificar a chave, por favor.
model-not-found = Meu modelo de linguagem não foi encontrado. Diga a quem me administra para verificar o nome e o endereço, por favor.
model-quota = A cota do meu modelo de linguagem acabou. Avise quem me administra, por favor.
model-refused = O modelo de linguagem não conseguiu processar minha solicitação. Avise quem me administra, por favor.
model-failed = O modelo de linguagem falhou. Pergunte de novo daqui a pouco, por favor.
memory-unreachable = Não consigo acessar minha memória. Pergunte de novo daqui a pouco, por favor.
not-remembered = Não vou me lembrar desta resposta, porque não consigo acessar minha memória.
went-wrong = Algo deu errado do meu lado. Pergunte de novo daqui a pouco, por favor.
