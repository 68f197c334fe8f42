# The bot's own lines in English. Each other file has the same lines, and the same values in them.
# A line is one line of this file: https://projectfluent.org/fluent/guide/

## Instead of an answer

no-question = Hi! What can I do for you? Write me a question, and I will do my best.
too-many-wait = I am not through with what you have written so far, and can take no more in. Please send this message again when I have answered.
set-aside = I could not answer this message: each time I tried, I broke down. Please put it in other words, or ask whoever runs me to look into it.

## Who may use it, and how much

not-for-guests = Hello! I am here for the people of certain organizations, and may not answer you. If you think that I should, please ask whoever runs me.
# $seconds: two or more
pause-for-seconds = You have asked me as much as you may for now. I can go on in { $seconds } seconds.
# $time: when, in the person's time zone
pause-until = You have asked me as much as you may for now. I can go on at { DATETIME($time, timeStyle: "short") }.
pause-until-another-day = You have asked me as much as you may for now. I can answer again on { DATETIME($time, dateStyle: "long") } at { DATETIME($time, timeStyle: "short") }.
# $time: when; the person's time zone is not known
pause-until-in-utc = You have asked me as much as you may for now. I can go on at { DATETIME($time, timeStyle: "short") } UTC.
pause-until-another-day-in-utc = You have asked me as much as you may for now. I can answer again on { DATETIME($time, dateStyle: "long") } at { DATETIME($time, timeStyle: "short") } UTC.

## Hello, for who has just installed the bot; shown without Markdown

hello = Hi, I am an AI assistant: ask me anything, and I answer right here. My answers can be wrong, so check what matters; write /help to see what else I can do.
# $name: what the bot is called
hello-group = Hi, I am { $name }, an AI assistant: mention me with @{ $name } and a question, and I answer here for everybody. I see only messages that mention me, and my answers can be wrong, so check what matters.
starter-abilities = What can you help me with?
starter-draft = Draft a short, friendly message to my team
starter-ideas = Give me ideas for a team event

## Commands; each has a line for the list

help = Ask me anything in your own words. In a chat of two, send me pictures and files as well. Edit your last question, and I answer it anew. Besides, I know these commands:
command-new = begin a new conversation; what was said before no longer counts
command-help = show this list
command-forget = delete everything that I have stored about this conversation
unknown-command = I do not know this command. These are the ones I know:
new-conversation = This is a new conversation. What was said before no longer counts.
# $command: what the person has to write
confirm-forget = This deletes everything that I have stored about this conversation, and cannot be undone. The messages themselves stay in Teams. Write "{ $command }" to go ahead.
confirm-forget-own = This deletes what you have asked me in this conversation, my answers to it, and your feedback, and cannot be undone. Only an owner can delete what others have asked. The messages themselves stay in Teams. Write "{ $command }" to go ahead.
forgotten = Everything that I had stored about this conversation is deleted.
forgotten-own = What you had asked me in this conversation is deleted, with my answers to it and your feedback.

## While an answer is made

thinking = Thinking…
# $tool: what the tool is called in the program, with spaces
using-tool = Using { $tool }…
still-writing = *I am still writing. This message will be completed when the answer is there.*

## Below an answer

cut-off = The answer ends here, because it has reached its longest. Ask me to go on, or for less at once.

## Below an answer or in place of one: what was attached

# $names: one or several names of files and pictures
attachment-cut = I have read only the beginning of { $names }, because all of it is more than I can take in at once.
attachment-incomplete = { $names }: I could read only a part of it. The rest is damaged, or of a kind that I cannot read.
attachment-misread = { $names }: some characters may be wrong in what I have read. Please check the answer, or send it in another format.
attachment-of-other-kind = I cannot read { $names }. What I can read: pictures (PNG, JPEG, GIF, WebP), PDF, Word, Excel and PowerPoint files (docx, xlsx, pptx), and whatever is text, such as CSV, HTML, mail, logs and source code.
attachment-too-many = That is more than I can read at once. I left out { $names }.
attachment-too-large = { $names }: too large for me. Please send it smaller, or only the part that matters.
attachment-not-downloaded = { $names }: I could not get it from Teams. Please save it, and attach it as a file.
attachment-empty = { $names }: there is nothing in it.
attachment-damaged = { $names }: I cannot make sense of it. It may be damaged, or something else than its name says.
attachment-encrypted = { $names }: it is protected by a password. Please send it without one.
attachment-without-text = { $names }: there is no text in it. If it was scanned, please send its pages as pictures.
attachment-too-slow = { $names }: reading it took too long, so I gave up. Please send only the part that matters.
attachment-broken-off = { $names }: something on my side kept me from reading it. Please attach it again, or only the part that matters.
attachment-moving = I cannot see GIFs and stickers. Please tell me in words.
attachment-only-in-chat = In groups and channels, Teams does not give me attached files and pictures. Please send them to me in our 1:1 chat: there I can read them.

## What has failed

# $what: one of the lines below; $id: under which the log has the cause
failure-with-id = { $what } (id: { $id })
empty-answer = The language model had nothing to say to that. Please put it differently and ask again.
no-tokens-left = The language model has reached its token limit before its first word. Please ask for less at once, or tell the person who runs me to raise MODEL_MAX_OUTPUT_TOKENS.
endless-tool-calls = The language model kept calling tools instead of answering. Please put it differently and ask again.
context-too-long = That is more than the language model can take at once. Please ask with less text.
model-blind = My language model cannot see pictures. Please tell me in words what is on them.
question-filtered = The language model's content filter refused the question. Please put it differently.
answer-filtered = The language model's content filter ended the answer. Please ask for something a little different.
answer-stalled = The language model fell silent in the middle of the answer. Please ask again in a moment.
answer-lost = I lost the language model in the middle of the answer. Please ask again in a moment.
answer-malformed = The language model sent something that I cannot read. Please ask again in a moment, and if that does not help, tell the person who runs me.
model-unreachable = I cannot reach the language model. Please ask again in a moment, and if that does not help, tell the person who runs me.
model-slow = The language model took too long to answer. Please ask again in a moment.
model-busy = The language model has too much to do right now. Please ask again in a minute.
model-closed = The language model does not let me in. Please tell the person who runs me to check its key.
model-not-found = My language model was not found. Please tell the person who runs me to check its name and address.
model-quota = My language model's quota is used up. Please tell the person who runs me.
model-refused = The language model failed to take my request. Please tell the person who runs me.
model-failed = The language model failed. Please ask again in a moment.
memory-unreachable = My memory cannot be reached. Please ask again in a moment.
not-remembered = I will not remember this answer, because my memory cannot be reached.
went-wrong = Something went wrong on my side. Please ask again in a moment.
