# ボットの日本語の文面。です・ます調。

## 回答の代わり

no-question = こんにちは。何かお手伝いできることはありますか？お気軽にご質問をお送りください。
still-answering = まだ前のメッセージにお答えしているところです。終わりましたら、このメッセージをもう一度お送りください。
gave-up = 何度か試しましたが、このメッセージにはお答えできませんでした。別の言い方でお試しいただくか、管理者に確認を依頼してください。

## アクセスと上限

not-your-organization = こんにちは。私は特定の組織の方だけにご利用いただいているため、お答えできません。お心当たりがある場合は、管理者にお問い合わせください。
# $seconds: two or more
wait-for-seconds = 現在のご利用の上限に達しました。{ $seconds } 秒後にまたご質問いただけます。
# $time: in the user's time zone
wait-until = 現在のご利用の上限に達しました。{ DATETIME($time, timeStyle: "short") } からまたご質問いただけます。
wait-until-another-day = 現在のご利用の上限に達しました。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } からまたご質問いただけます。
# $time: in UTC, because the user's time zone is unknown
wait-until-in-utc = 現在のご利用の上限に達しました。{ DATETIME($time, timeStyle: "short") }（UTC）からまたご質問いただけます。
wait-until-another-day-in-utc = 現在のご利用の上限に達しました。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") }（UTC）からまたご質問いただけます。

## はじめのあいさつ（Markdown なしで表示）

hello = こんにちは。
# $name: the user's first name
hello-by-name = { $name }さん、こんにちは。
# $hello: one of the two above; $name: the bot's name
welcome = { $hello }AI アシスタントの { $name } です。何でも聞いてください。ここでお答えします。間違えることもありますので、大切なことはご確認ください。ほかにできることは、/help と書くと表示されます。
# the same while the demo model answers
welcome-demo = { $hello }{ $name } です。まだ言語モデルがつながっていないため、今は小さなデモがお答えします。七つの言語のルールだけでできています。見ていただきたいものが三つあります。最後の一つは、本物のモデルをつなぐ方法です。
# $name: the bot's name
welcome-group = こんにちは、AI アシスタントの { $name } です。@{ $name } とメンションして質問していただければ、ここで皆さんにお答えします。メンションされたメッセージしか見えません。また、間違えることもありますので、大切なことはご確認ください。
# the same while the demo model answers
welcome-group-demo = こんにちは、{ $name } です。@{ $name } とメンションして質問していただければ、ここで皆さんにお答えします。まだ言語モデルがつながっていないため、今はルールだけの小さなデモがお答えします。「@{ $name } 何ができますか？」と書いてみてください。
starter-abilities = どんなことを手伝ってもらえますか？
starter-draft = チームへの短くて親しみやすいメッセージを書いてください
starter-ideas = チームイベントのアイデアをください
starter-compare = 電話とメールの長所と短所を挙げてください
# the three while the demo model answers
starter-story = 短い物語を聞かせてください
starter-table = 表を見せてください
starter-connect = 本物のモデルにつなぐ

## コマンド（それぞれ一覧に一行）

# a list of examples follows
help = ご自分の言葉で何でも聞いてください。たとえば次のとおりです。
help-in-group = メンションして、ご自分の言葉で何でも聞いてください。たとえば次のとおりです。
help-more = 画像やファイルも送れます。最後の質問を編集すると、もう一度お答えします。
help-more-in-group = メンションされたメッセージしか見えません。最後の質問を編集すると、もう一度お答えします。
help-commands = ほかに、次のコマンドがあります。
command-new = 新しい会話を始めます（それまでの内容は使いません）
command-help = この一覧を表示します
command-forget = この会話について保存した内容をすべて削除します
unknown-command = そのコマンドはありません。使えるコマンドは次のとおりです。
new-conversation = 新しい会話を始めました。それまでの内容は使いません。
# $command: the command that the user has to write
confirm-forget = この会話について保存した内容をすべて削除します。元に戻すことはできません。メッセージそのものは Teams に残ります。よろしければ「{ $command }」と書いてください。
confirm-forget-own = この会話でのあなたの質問、私の回答、あなたのフィードバックを削除します。元に戻すことはできません。ほかの人の質問を削除できるのは所有者だけです。メッセージそのものは Teams に残ります。よろしければ「{ $command }」と書いてください。
forgotten = この会話について保存していた内容をすべて削除しました。
forgotten-own = この会話でのあなたの質問、私の回答、あなたのフィードバックを削除しました。
kept = 何も削除しませんでした。
# the two suggested actions of the question; a click sends the line as a message
delete-my-data = データを削除する
keep-my-data = データを残す

## 回答の作成中

thinking = 考えています…
# $tool: the tool's name, with spaces
using-tool = { $tool } を使っています…
still-writing = *まだ書いています。回答の全文はこのメッセージに表示されます。*

## 回答の下

cut-off = *長さの上限に達したため、回答はここまでです。続きを頼むか、一度に頼む量を減らしてください。*
picture-removed = [画像を削除しました：{ $description }]

## 添付ファイル（回答の下、または回答の代わり）

# $names: the names of one or more files and pictures
attachment-cut = { $names } は、一度に読み取れる量を超えているため、最初の部分だけを読みました。
attachment-incomplete = { $names }: 一部しか読み取れませんでした。残りは壊れているか、読み取れない形式です。
attachment-misread = { $names }: 一部の文字を読み間違えたかもしれません。回答をご確認いただくか、別の形式で送ってください。
attachment-unsupported = { $names } は読み取れません。読み取れるのは、画像（PNG、JPEG、GIF、WebP）、PDF、Word、Excel、PowerPoint のファイル（docx、xlsx、pptx）と、CSV、HTML、メール、ログ、ソースコードなどのテキストです。
attachment-too-many = 一度に読み取れる数を超えています。{ $names } は読みませんでした。
attachment-too-large = { $names }: 大きすぎます。小さくするか、必要な部分だけを送ってください。
attachment-not-downloaded = { $names }: Teams から取得できませんでした。保存してから、ファイルとして添付してください。
attachment-empty = { $names }: 中身がありません。
attachment-damaged = { $names }: 開けませんでした。壊れているか、名前とは異なる種類のファイルかもしれません。
attachment-encrypted = { $names }: パスワードで保護されています。パスワードなしで送ってください。
attachment-without-text = { $names }: テキストがありません。スキャンしたものであれば、ページを画像として送ってください。
attachment-too-slow = { $names }: 読み取りに時間がかかりすぎました。必要な部分だけを送ってください。
attachment-failed = { $names }: 読み取り中に、こちらで問題が起きました。もう一度添付するか、必要な部分だけを送ってください。
attachment-animated = GIF やステッカーは見ることができません。言葉で教えてください。
attachment-only-in-chat = グループやチャネルでは、Teams からファイルや画像を受け取れません。1 対 1 のチャットで送ってください。

## エラー

# $what: one of the lines from `empty-answer` on; $id: the same id stands in the log, beside the cause
failure-with-id = { $what }（ID：{ $id }）
# $what: the same; $advice: one of the next five
failure-with-advice = { $what }{ $advice }（ID：{ $id }）
try-later = 少し待ってから、もう一度お試しください。解決しない場合は、管理者にお知らせください。
tell-administrator = 管理者にお知らせください。
# $settings: their names; $command: the command to type
check-settings = { $settings } を確認して、再起動してください。原因は「{ $command }」で確認できます。
check-server = サーバーが起動しているか、{ $settings } が正しいかを確認してください。原因は「{ $command }」で確認できます。
run-doctor = 原因は「{ $command }」で確認できます。
# the message below a failure, and its suggested action
offer-to-try-again = もう一度試しますか？
try-again = もう一度試す
empty-answer = 言語モデルの回答が空でした。別の言い方で、もう一度お試しください。
no-tokens-left = 言語モデルが、最初の言葉を出す前にトークン数の上限に達しました。一度に頼む量を減らすか、MODEL_MAX_OUTPUT_TOKENS を上げるよう管理者に依頼してください。
endless-tool-calls = 言語モデルが、回答せずにツールを呼び出し続けました。別の言い方で、もう一度お試しください。
context-too-long = 言語モデルが一度に扱える量を超えています。文章を短くしてお送りください。
model-without-vision = この言語モデルは画像を見ることができません。何が写っているかを言葉で教えてください。
question-filtered = 言語モデルのコンテンツフィルターによって質問がブロックされました。別の言い方でお試しください。
answer-filtered = 言語モデルのコンテンツフィルターによって回答が中断されました。少し違う内容でお試しください。
answer-stalled = 言語モデルが回答の途中で止まってしまいました。少し待ってから、もう一度お試しください。
answer-lost = 回答の途中で言語モデルとの接続が切れました。少し待ってから、もう一度お試しください。
answer-malformed = 言語モデルの応答を読み取れませんでした。
model-unreachable = 言語モデルに接続できません。
model-slow = 言語モデルの回答に時間がかかりすぎました。少し待ってから、もう一度お試しください。
model-busy = 言語モデルが混み合っています。1 分ほど待ってから、もう一度お試しください。
model-rejected-credentials = 言語モデルに認証を拒否されました。
model-not-found = 言語モデルが見つかりません。
model-quota = 言語モデルの利用枠を使い切りました。
model-rejected-request = 言語モデルにリクエストを拒否されました。
model-failed = 言語モデルでエラーが起きました。少し待ってから、もう一度お試しください。
memory-unreachable = 現在、会話の記憶にアクセスできません。少し待ってから、もう一度お試しください。
not-remembered = 現在、会話の記憶にアクセスできないため、この回答は覚えておけません。
went-wrong = こちらで問題が起きました。少し待ってから、もう一度お試しください。

## ターミナル

command-attach = 次のメッセージと一緒にファイルを送ります
command-edit = 最後の質問を書き直します（もう一度お答えします）
command-exit = 終了します
file-attached = { $name } は次のメッセージと一緒に受け取ります。
choices-ended = メッセージとして受け取りました。番号で選べるのは、次の回答までです。
