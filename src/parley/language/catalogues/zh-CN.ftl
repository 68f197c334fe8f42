# 机器人的简体中文语句。称呼用“你”。

## 代替回答

no-question = 你好！我能为你做些什么？请给我写一个问题，我会尽力回答。
too-many-wait = 你之前发来的内容我还没有处理完，暂时不能再接收新的消息。请等我回答之后再发送这条消息。
set-aside = 我无法回答这条消息：每次尝试时我都崩溃了。请换一种说法，或者请我的管理员检查一下。

## 谁可以使用，以及用多少

not-for-guests = 你好！我只为特定组织的人员服务，不能回答你。如果你认为我应该回答你，请联系我的管理员。
# $seconds: two or more
pause-for-seconds = 你目前能问我的已经问满了。{ $seconds } 秒后我可以继续。
# $time: when, in the person's time zone
pause-until = 你目前能问我的已经问满了。{ DATETIME($time, timeStyle: "short") } 我可以继续。
pause-until-another-day = 你目前能问我的已经问满了。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } 我可以继续。
# $time: when; the person's time zone is not known
pause-until-in-utc = 你目前能问我的已经问满了。UTC 时间 { DATETIME($time, timeStyle: "short") } 我可以继续。
pause-until-another-day-in-utc = 你目前能问我的已经问满了。UTC 时间 { DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } 我可以继续。

## 问候（不以 Markdown 显示）

hello = 你好，我是 AI 助手：有什么都可以问我，我会直接在这里回答。我的回答可能有误，重要的事情请自行核实；输入 /help 可以查看我还能做什么。
# $name: what the bot is called
hello-group = 大家好，我是 AI 助手 { $name }：用 @{ $name } 提及我并写下问题，我会在这里回答所有人。我只能看到提及我的消息，我的回答也可能有误，重要的事情请自行核实。
starter-abilities = 你能帮我做什么？
starter-draft = 帮我给团队写一条简短友好的消息
starter-ideas = 给我一些团队活动的点子

## 命令（每个命令在列表中占一行）

help = 用你自己的话随便问。在一对一聊天中，你也可以发图片和文件给我。编辑你的上一个问题，我会重新回答。此外，我还懂这些命令：
command-new = 开始新的对话；之前说过的内容不再计入
command-help = 显示这个列表
command-forget = 删除我保存的有关此对话的全部内容
unknown-command = 我不认识这个命令。我认识的命令有：
new-conversation = 这是新的对话。之前说过的内容不再计入。
# $command: what the person has to write
confirm-forget = 这将删除我保存的有关此对话的全部内容，且无法撤销。消息本身仍会保留在 Teams 中。输入“{ $command }”即可继续。
confirm-forget-own = 这将删除你在此对话中向我提出的问题、我的回答以及你的反馈，且无法撤销。只有所有者才能删除其他人的提问。消息本身仍会保留在 Teams 中。输入“{ $command }”即可继续。
forgotten = 我保存的有关此对话的内容已全部删除。
forgotten-own = 你在此对话中向我提出的问题已删除，我的回答和你的反馈也一并删除。

## 正在准备回答

thinking = 正在思考…
using-tool = 正在使用 { $tool }…
still-writing = *我还在写。回答完成后，这条消息会补充完整。*

## 回答下方

cut-off = 回答已达到最大长度，因此到此为止。你可以让我继续，或者一次少问一些。

## 回答下方或代替回答：附件

attachment-cut = { $names } 的内容超出了我一次能读取的量，我只读了开头部分。
attachment-incomplete = { $names }：我只能读取其中一部分。其余部分已损坏，或者是我无法读取的类型。
attachment-misread = { $names }：我读取的内容中可能有个别字符不正确。请核对回答，或者换一种格式发送。
attachment-of-other-kind = 我无法读取 { $names }。我能读取的有：图片（PNG、JPEG、GIF、WebP），PDF、Word、Excel 和 PowerPoint 文件（docx、xlsx、pptx），以及各种文本，例如 CSV、HTML、邮件、日志和源代码。
attachment-too-many = 这超出了我一次能读取的数量。我没有读取 { $names }。
attachment-too-large = { $names }：对我来说太大了。请发送较小的版本，或只发送重要的部分。
attachment-not-downloaded = { $names }：我无法从 Teams 获取。请保存后以文件形式添加。
attachment-empty = { $names }：里面没有内容。
attachment-damaged = { $names }：我看不懂其中的内容。它可能已损坏，或者与名称所示的类型不符。
attachment-encrypted = { $names }：受密码保护。请发送没有密码的版本。
attachment-without-text = { $names }：里面没有文字。如果是扫描件，请把页面以图片形式发送给我。
attachment-too-slow = { $names }：读取时间太长，我放弃了。请只发送重要的部分。
attachment-broken-off = { $names }：由于我这边的问题，没能读完。请重新附上，或只发送重要的部分。
attachment-moving = 我看不到 GIF 和贴纸。请用文字告诉我。
attachment-only-in-chat = 在群组和频道中，Teams 不会把附加的文件和图片交给我。请在我们的一对一聊天中发送给我，我在那里可以读取。

## 出错

failure-with-id = { $what }（编号：{ $id }）
empty-answer = 语言模型对此没有给出任何内容。请换一种说法再问一次。
no-tokens-left = 语言模型还没说出第一个字就达到了令牌上限。请一次少问一些，或者请我的管理员调高 MODEL_MAX_OUTPUT_TOKENS。
endless-tool-calls = 语言模型一直在调用工具，没有给出回答。请换一种说法再问一次。
context-too-long = 这超出了语言模型一次能接收的内容。请减少文字后再问。
model-blind = 我的语言模型看不到图片。请用文字告诉我图片里有什么。
question-filtered = 语言模型的内容过滤器拒绝了这个问题。请换一种说法。
answer-filtered = 语言模型的内容过滤器中断了回答。请问一些稍有不同的内容。
answer-stalled = 语言模型在回答中途没有了响应。请稍后再问一次。
answer-lost = 我在回答中途与语言模型断开了连接。请稍后再问一次。
answer-malformed = 语言模型发来了我无法读取的内容。请稍后再问一次；如果仍然不行，请告诉我的管理员。
model-unreachable = 我无法连接到语言模型。请稍后再问一次；如果仍然不行，请告诉我的管理员。
model-slow = 语言模型回答的时间太长。请稍后再问一次。
model-busy = 语言模型现在太忙。请过一分钟再问一次。
model-closed = 语言模型拒绝我访问。请告诉我的管理员检查密钥。
model-not-found = 找不到我的语言模型。请告诉我的管理员检查它的名称和地址。
model-quota = 我的语言模型的配额已用完。请告诉我的管理员。
model-refused = 语言模型无法处理我的请求。请告诉我的管理员。
model-failed = 语言模型出错了。请稍后再问一次。
memory-unreachable = 无法访问我的记忆。请稍后再问一次。
not-remembered = 我不会记住这个回答，因为无法访问我的记忆。
went-wrong = 我这边出了点问题。请稍后再问一次。
