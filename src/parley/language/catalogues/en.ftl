# The bot's own lines in English. Every other catalogue has the same lines in the same order, with the same values.
# Each line is one line of this file. The format: https://projectfluent.org/fluent/guide/

## Instead of an answer

no-question = Hi! What can I do for you? Just send me a question.
still-answering = I'm still answering your earlier messages. Please send this one again when I'm done.
gave-up = I couldn't answer this message after several tries. Please rephrase it, or ask my administrator to look into it.

## Access and limits

not-your-organization = Hi! I only work for certain organizations, so I can't answer you. If you think I should, please contact my administrator.
# $seconds: two or more
wait-for-seconds = You've reached your limit for now. You can ask me again in { $seconds } seconds.
# $time: in the user's time zone
wait-until = You've reached your limit for now. You can ask me again at { DATETIME($time, timeStyle: "short") }.
wait-until-another-day = You've reached your limit for now. You can ask me again on { DATETIME($time, dateStyle: "long") } at { DATETIME($time, timeStyle: "short") }.
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = You've reached your limit for now. You can ask me again at { DATETIME($time, timeStyle: "short") } UTC.
wait-until-another-day-in-utc = You've reached your limit for now. You can ask me again on { DATETIME($time, dateStyle: "long") } at { DATETIME($time, timeStyle: "short") } UTC.

## Welcome message, shown without Markdown

hello = Hi!
# $name: the user's first name
hello-by-name = Hi { $name }!
# $hello: one of the two above; $name: the bot's name
welcome = { $hello } I'm { $name }, an AI assistant. Ask me anything and I'll answer right here. I can make mistakes, so please check what matters. Write /help to see what else I can do.
# the same while the demo model answers
welcome-demo = { $hello } I'm { $name }. No language model is connected to me yet, so for now a small demo answers: a handful of rules, in seven languages. Here are three things worth seeing. The last one tells how to connect a real model.
# $name: the bot's name
welcome-group = Hi, I'm { $name }, an AI assistant. Mention @{ $name } with a question and I'll answer here for everyone. I only see messages that mention me, and I can make mistakes, so please check what matters.
# the same while the demo model answers
welcome-group-demo = Hi, I'm { $name }. Mention @{ $name } with a question and I'll answer here for everyone. No language model is connected to me yet, so for now a small demo answers: a handful of rules. To begin, try "@{ $name } What can you do?", for example.
starter-abilities = What can you help me with?
starter-draft = Draft a short, friendly message to my team
starter-ideas = Give me ideas for a team event
starter-compare = List the pros and cons of these options: a call or an email
# the three while the demo model answers
starter-story = Tell me a short story
starter-table = Show me a table
starter-connect = Connect a real model

## Commands, each with its line in the list

# a list of examples follows
help = Ask me anything in your own words, for example:
help-in-group = Mention me and ask anything in your own words, for example:
help-more = You can also send me pictures and files. Edit your last question and I'll answer it again.
help-more-in-group = I only see messages that mention me. Edit your last question and I'll answer it again.
help-commands = I also know these commands:
command-new = start a new conversation; I won't use what was said before
command-help = show this list
command-forget = delete everything I've stored about this conversation
unknown-command = I don't know that command. Here are the ones I know:
new-conversation = This is a new conversation. I won't use what was said before.
# $command: the command that the user has to write
confirm-forget = This deletes everything I've stored about this conversation and can't be undone. The messages themselves stay in Teams. Write "{ $command }" to confirm.
confirm-forget-own = This deletes your questions in this conversation, my answers to them and your feedback. It can't be undone. Only an owner can delete what others have asked. The messages themselves stay in Teams. Write "{ $command }" to confirm.
forgotten = Done. I've deleted everything I had stored about this conversation.
forgotten-own = Done. I've deleted your questions in this conversation, my answers to them and your feedback.
kept = Nothing was deleted.
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = Delete my data
keep-my-data = Keep my data

## While an answer is in progress

thinking = Thinking…
# $tool: the tool's name, with spaces
using-tool = Using { $tool }…
still-writing = *I'm still writing. The full answer will appear in this message.*

## Below an answer

cut-off = *My answer stops here because it reached its maximum length. Ask me to continue, or ask for less at a time.*
# $description: the model's own, of a picture in its answer that users must not load
picture-removed = [picture removed: { $description }]

## Attachments, below an answer or in place of one

# $names: the names of one or more files and pictures
attachment-cut = I read only the beginning of { $names }, because the whole is more than I can take in at once.
attachment-incomplete = { $names }: I could read only part of it. The rest is damaged or in a format I can't read.
attachment-misread = { $names }: I may have misread some characters. Please check my answer, or send it in another format.
attachment-unsupported = I can't read { $names }. I can read pictures (PNG, JPEG, GIF, WebP), PDF, Word, Excel and PowerPoint files (docx, xlsx, pptx), and any kind of text, such as CSV, HTML, email, logs and source code.
attachment-too-many = That's more than I can read at once. I left out { $names }.
attachment-too-large = { $names }: too large for me. Please send a smaller version, or only the part that matters.
attachment-not-downloaded = { $names }: I couldn't get it from Teams. Please save it and attach it as a file.
attachment-empty = { $names }: there's nothing in it.
attachment-damaged = { $names }: I couldn't open it. It may be damaged, or not what its name says.
attachment-encrypted = { $names }: it's protected by a password. Please send it without one.
attachment-without-text = { $names }: there's no text in it. If it's a scan, please send the pages as pictures.
attachment-too-slow = { $names }: it took too long to read. Please send only the part that matters.
attachment-failed = { $names }: something went wrong on my side while I was reading it. Please attach it again, or only the part that matters.
attachment-animated = I can't see GIFs and stickers. Please tell me in words.
attachment-only-in-chat = In groups and channels, Teams doesn't give me files and pictures. Please send them to me in our 1:1 chat.

## Failures

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what } (id: { $id })
# $what: the same; $advice: one of the next five
failure-with-advice = { $what } { $advice } (id: { $id })
try-later = Please try again in a moment. If that doesn't help, please tell my administrator.
tell-administrator = Please tell my administrator.
# $settings: their names; $command: the command to type
check-settings = Please check { $settings } and start me again. To see what is wrong, run "{ $command }".
check-server = Please check that its server is running and that { $settings } is right. To see what is wrong, run "{ $command }".
run-doctor = To see what is wrong, run "{ $command }".
# the message below a failure, and its suggested action
offer-to-try-again = Shall I try again?
try-again = Try again
empty-answer = The language model gave me an empty answer. Please rephrase your question and try again.
no-tokens-left = The language model reached its token limit before its first word. Please ask for less at a time, or ask my administrator to raise MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = The language model kept calling tools instead of answering. Please rephrase your question and try again.
context-too-long = That's more than the language model can take in at once. Please send me less text.
model-without-vision = My language model can't see pictures. Please describe in words what they show.
question-filtered = The language model's content filter blocked your question. Please rephrase it.
answer-filtered = The language model's content filter stopped the answer. Please ask for something a little different.
answer-stalled = The language model stopped in the middle of its answer. Please try again in a moment.
answer-lost = I lost the language model in the middle of its answer. Please try again in a moment.
answer-malformed = I couldn't read what the language model sent.
model-unreachable = I can't reach the language model.
model-slow = The language model took too long to answer. Please try again in a moment.
model-busy = The language model is very busy right now. Please try again in a minute.
model-rejected-credentials = The language model rejected my credentials.
model-not-found = I couldn't find my language model.
model-quota = My language model's quota is used up.
model-rejected-request = The language model rejected my request.
model-failed = The language model ran into an error. Please try again in a moment.
memory-unreachable = I can't reach my memory right now. Please try again in a moment.
not-remembered = I won't remember this answer, because I can't reach my memory right now.
went-wrong = Something went wrong on my side. Please try again in a moment.

## In the terminal

command-attach = send a file with your next message
command-edit = replace your last question; I'll answer it again
command-exit = leave
# $name: the name of a file
file-attached = I'll get { $name } with your next message.
choices-ended = I took that as a message: you can choose by number until my next answer.
