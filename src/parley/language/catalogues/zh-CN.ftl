# 机器人的简体中文文案。称呼用户为“你”。

## 代替回答

no-question = 你好！有什么可以帮你的？直接把问题发给我就行。
still-answering = 我还在回答你之前的消息。等我回答完，请把这条再发一次。
gave-up = 我试了几次，还是没能回答这条消息。请换一种说法，或者请我的管理员检查一下。

## 访问权限与限额

not-your-organization = 你好！我只为特定组织提供服务，所以没法回答你。如果你觉得这是个误会，请联系我的管理员。
# $seconds: two or more
wait-for-seconds = 你暂时达到了使用上限。{ $seconds } 秒后可以继续提问。
# $time: in the user's time zone
wait-until = 你暂时达到了使用上限。{ DATETIME($time, timeStyle: "short") } 之后可以继续提问。
wait-until-another-day = 你暂时达到了使用上限。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } 之后可以继续提问。
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = 你暂时达到了使用上限。UTC 时间 { DATETIME($time, timeStyle: "short") } 之后可以继续提问。
wait-until-another-day-in-utc = 你暂时达到了使用上限。UTC 时间 { DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } 之后可以继续提问。

## 欢迎消息（不以 Markdown 显示）

hello = 你好！
# $name: the user's first name
hello-by-name = { $name }，你好！
# $hello: one of the two above; $name: the bot's name
welcome = { $hello }我是 AI 助手 { $name }。有什么都可以问我，我就在这里回答。我也会出错，重要的事情请自行核实。输入 /help 可以查看我还能做什么。
# the same while the demo model answers
welcome-demo = { $hello }我是 { $name }。我还没有接上语言模型，所以现在由一个小小的演示来回答：几条规则，七种语言。这里有三样值得一看的东西，最后一样告诉你怎样连接真正的模型。
# $name: the bot's name
welcome-group = 大家好，我是 AI 助手 { $name }。用 @{ $name } 提及我并写下问题，我会在这里回答大家。我只能看到提及我的消息，也会出错，重要的事情请自行核实。
# the same while the demo model answers
welcome-group-demo = 大家好，我是 { $name }。用 @{ $name } 提及我并写下问题，我会在这里回答大家。我还没有接上语言模型，所以现在由一个小小的演示来回答，只有几条规则。试试“@{ $name } 你能做什么？”
starter-abilities = 你能帮我做什么？
starter-draft = 帮我给团队写一条简短友好的消息
starter-ideas = 给我一些团队活动的点子
starter-compare = 列出这些选择的优缺点：打电话还是发邮件
# the three while the demo model answers
starter-story = 给我讲个小故事
starter-table = 给我看一张表格
starter-connect = 连接真正的模型

## 命令（每个命令在列表中占一行）

# a list of examples follows
help = 用你自己的话随便问，例如：
help-in-group = 提及我，用你自己的话随便问，例如：
help-more = 你还可以给我发图片和文件。编辑你的上一个问题，我会重新回答。
help-more-in-group = 我只能看到提及我的消息。编辑你的上一个问题，我会重新回答。
help-commands = 我还认识这些命令：
command-new = 开始新的对话，不再参考之前的内容
command-help = 显示这个列表
command-forget = 删除我为此对话保存的全部内容
unknown-command = 我不认识这个命令。我认识的命令有：
new-conversation = 新的对话开始了。我不会再参考之前的内容。
# $command: the command that the user has to write
confirm-forget = 这会删除我为此对话保存的全部内容，而且无法撤销。消息本身仍会留在 Teams 中。输入“{ $command }”确认。
confirm-forget-own = 这会删除你在此对话中的提问、我的回答以及你的反馈，而且无法撤销。只有所有者才能删除其他人的提问。消息本身仍会留在 Teams 中。输入“{ $command }”确认。
forgotten = 好了，我为此对话保存的内容已全部删除。
forgotten-own = 好了，你在此对话中的提问、我的回答以及你的反馈都已删除。
kept = 什么都没有删除。
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = 删除我的数据
keep-my-data = 保留我的数据

## 正在准备回答

thinking = 正在思考…
# $tool: the tool's name, with spaces
using-tool = 正在使用 { $tool }…
still-writing = *我还在写，完整的回答会显示在这条消息里。*

## 回答下方

cut-off = *回答达到了最大长度，只能到这里。你可以让我继续，或者一次少问一些。*
picture-removed = [图片已移除：{ $description }]

## 附件（在回答下方，或代替回答）

# $names: the names of one or more files and pictures
attachment-cut = { $names } 的内容太多，我一次读不完，只读了开头部分。
attachment-incomplete = { $names }：我只读到了一部分。其余内容已损坏，或者是我无法读取的格式。
attachment-misread = { $names }：个别字符我可能读错了。请核对我的回答，或者换一种格式发给我。
attachment-unsupported = 我无法读取 { $names }。我能读取图片（PNG、JPEG、GIF、WebP），PDF、Word、Excel 和 PowerPoint 文件（docx、xlsx、pptx），以及各种文本，例如 CSV、HTML、邮件、日志和源代码。
attachment-too-many = 这超出了我一次能读取的数量。我没有读取 { $names }。
attachment-too-large = { $names }：对我来说太大了。请发一个小一点的版本，或只发重要的部分。
attachment-not-downloaded = { $names }：我没能从 Teams 下载。请先保存，再以文件形式添加。
attachment-empty = { $names }：里面没有内容。
attachment-damaged = { $names }：我打不开。它可能已损坏，或者与名称所示的类型不符。
attachment-encrypted = { $names }：受密码保护。请发一个没有密码的版本。
attachment-without-text = { $names }：里面没有文字。如果是扫描件，请把页面以图片形式发给我。
attachment-too-slow = { $names }：读取时间太长了。请只发重要的部分。
attachment-failed = { $names }：读取时我这边出了点问题。请重新添加，或只发重要的部分。
attachment-animated = 我看不到 GIF 和贴纸。请用文字告诉我。
attachment-only-in-chat = 在群组和频道中，Teams 不会把文件和图片交给我。请在我们的一对一聊天中发给我。

## 出错

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what }（编号：{ $id }）
# $what: the same; $advice: one of the next five
failure-with-advice = { $what }{ $advice }（编号：{ $id }）
try-later = 请稍后再试。如果还是不行，请告诉我的管理员。
tell-administrator = 请告诉我的管理员。
# $settings: their names; $command: the command to type
check-settings = 请检查 { $settings }，然后重新启动我。运行“{ $command }”可以查看原因。
check-server = 请检查它的服务器是否在运行，以及 { $settings } 是否正确。运行“{ $command }”可以查看原因。
run-doctor = 运行“{ $command }”可以查看原因。
# the message below a failure, and its suggested action
offer-to-try-again = 要我再试一次吗？
try-again = 再试一次
empty-answer = 语言模型给了我一个空的回答。请换一种说法再试一次。
no-tokens-left = 语言模型还没说出第一个字就达到了令牌上限。请一次少问一些，或者请我的管理员调高 MODEL_MAX_OUTPUT_TOKENS。
endless-tool-calls = 语言模型一直在调用工具，没有给出回答。请换一种说法再试一次。
context-too-long = 内容太多，语言模型一次处理不了。请少发一些文字。
model-without-vision = 我的语言模型看不到图片。请用文字描述图片里的内容。
question-filtered = 你的问题被语言模型的内容过滤器拦截了。请换一种说法。
answer-filtered = 语言模型的内容过滤器中断了回答。请问一些稍有不同的内容。
answer-stalled = 语言模型在回答中途停了下来。请稍后再试。
answer-lost = 我在回答中途与语言模型断开了连接。请稍后再试。
answer-malformed = 我读不懂语言模型发来的内容。
model-unreachable = 我连接不上语言模型。
model-slow = 语言模型用了太长时间，没能及时回答。请稍后再试。
model-busy = 语言模型现在很忙。请过一分钟再试。
model-rejected-credentials = 语言模型拒绝了我的凭据。
model-not-found = 找不到我的语言模型。
model-quota = 我的语言模型的配额已用完。
model-rejected-request = 语言模型拒绝了我的请求。
model-failed = 语言模型出错了。请稍后再试。
memory-unreachable = 我现在无法访问自己的记忆。请稍后再试。
not-remembered = 我现在无法访问自己的记忆，所以不会记住这个回答。
went-wrong = 我这边出了点问题。请稍后再试。

## 在终端中

command-attach = 随下一条消息发送一个文件
command-edit = 替换你的上一个问题，我会重新回答
command-exit = 退出
file-attached = 我会随你的下一条消息收到 { $name }。
choices-ended = 我把它当作了一条消息：在我下一次回答之前，你可以用编号选择。
