# ボットの日本語のメッセージ。です・ます調。

## 回答の代わり

no-question = こんにちは。何かお手伝いできることはありますか？ご質問をお送りいただければ、できる限りお答えします。
too-many-wait = これまでにいただいたメッセージの処理がまだ終わっていないため、これ以上はお受けできません。回答が済んでから、このメッセージをもう一度お送りください。
set-aside = このメッセージにはお答えできませんでした。何度試しても、途中で停止してしまいました。別の言い方でお試しいただくか、私の管理者に調査を依頼してください。

## 利用できる人と量

not-for-guests = こんにちは。私は特定の組織の方のためのボットなので、あなたにはお答えできません。利用できるはずだと思われる場合は、私の管理者にお問い合わせください。
# $seconds: two or more
pause-for-seconds = 今の時点で質問できる上限に達しました。{ $seconds } 秒後に再開できます。
# $time: when, in the person's time zone
pause-until = 今の時点で質問できる上限に達しました。{ DATETIME($time, timeStyle: "short") } に再開できます。
pause-until-another-day = 今の時点で質問できる上限に達しました。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") } に再開できます。
# $time: when; the person's time zone is not known
pause-until-in-utc = 今の時点で質問できる上限に達しました。{ DATETIME($time, timeStyle: "short") }（UTC）に再開できます。
pause-until-another-day-in-utc = 今の時点で質問できる上限に達しました。{ DATETIME($time, dateStyle: "long") } { DATETIME($time, timeStyle: "short") }（UTC）に再開できます。

## あいさつ（Markdown なしで表示）

hello = こんにちは、AI アシスタントです、何でも聞いてくだされば、この場でお答えします。回答が間違っていることもあるので、大切なことは確認してください（ほかにできることは /help と書くと表示されます）。
# $name: what the bot is called
hello-group = こんにちは、AI アシスタントの { $name } です、@{ $name } とメンションして質問を書いてくだされば、ここで皆さんにお答えします。私に見えるのはメンションされたメッセージだけで、回答が間違っていることもあるので、大切なことは確認してください。
starter-abilities = どんなことを手伝ってもらえますか？
starter-draft = チームへの短くて親しみやすいメッセージを書いてください
starter-ideas = チームイベントのアイデアをください

## コマンド（それぞれ一覧に一行）

help = ご自分の言葉で何でも聞いてください。1 対 1 のチャットでは、画像やファイルも送れます。最後の質問を編集すると、あらためて回答します。ほかに、次のコマンドがあります。
command-new = 新しい会話を始めます。それまでの内容は使われなくなります
command-help = この一覧を表示します
command-forget = この会話について保存した内容をすべて削除します
unknown-command = そのコマンドはありません。使えるコマンドは次のとおりです。
new-conversation = 新しい会話を始めました。それまでの内容は使われません。
# $command: what the person has to write
confirm-forget = この会話について保存した内容をすべて削除します。元に戻すことはできません。メッセージそのものは Teams に残ります。続けるには「{ $command }」と書いてください。
confirm-forget-own = この会話であなたが質問した内容と私の回答、あなたのフィードバックを削除します。元に戻すことはできません。ほかの人の質問を削除できるのは所有者だけです。メッセージそのものは Teams に残ります。続けるには「{ $command }」と書いてください。
forgotten = この会話について保存していた内容をすべて削除しました。
forgotten-own = この会話であなたが質問した内容を、私の回答とあなたのフィードバックとともに削除しました。

## 回答の作成中

thinking = 考えています…
using-tool = { $tool } を使っています…
still-writing = *まだ書いている途中です。回答ができあがると、このメッセージに続きが表示されます。*

## 回答の下

cut-off = 回答が長さの上限に達したため、ここで終わります。続きを求めるか、一度に求める量を減らしてください。

## 回答の下、または回答の代わり：添付されたもの

attachment-cut = { $names } は、一度に読み取れる量を超えているため、最初の部分だけを読みました。
attachment-incomplete = { $names }: 一部しか読み取れませんでした。残りは壊れているか、読み取れない種類のものです。
attachment-misread = { $names }: 読み取った文字の一部が誤っているかもしれません。回答を確認するか、別の形式で送ってください。
attachment-of-other-kind = { $names } は読み取れません。読み取れるのは、画像（PNG、JPEG、GIF、WebP）、PDF、Word、Excel、PowerPoint（docx、xlsx、pptx）のファイルと、CSV、HTML、メール、ログ、ソースコードなどのテキストです。
attachment-too-many = 一度に読み取れる数を超えています。{ $names } は読みませんでした。
attachment-too-large = { $names }: 大きすぎます。小さくするか、必要な部分だけを送ってください。
attachment-not-downloaded = { $names }: Teams から取得できませんでした。保存して、ファイルとして添付してください。
attachment-empty = { $names }: 中身がありません。
attachment-damaged = { $names }: 内容を読み取れません。壊れているか、名前とは異なる種類のファイルかもしれません。
attachment-encrypted = { $names }: パスワードで保護されています。パスワードなしで送ってください。
attachment-without-text = { $names }: テキストが含まれていません。スキャンしたものであれば、ページを画像として送ってください。
attachment-too-slow = { $names }: 読み取りに時間がかかりすぎたため、中断しました。必要な部分だけを送ってください。
attachment-broken-off = { $names }: こちら側の問題で読み取れませんでした。もう一度添付するか、必要な部分だけを送ってください。
attachment-moving = GIF やステッカーは見ることができません。言葉で教えてください。
attachment-only-in-chat = グループやチャネルでは、添付されたファイルや画像を Teams から受け取れません。1 対 1 のチャットで送ってくだされば、読み取れます。

## 失敗したこと

failure-with-id = { $what }（ID：{ $id }）
empty-answer = 言語モデルから何も返ってきませんでした。別の言い方で、もう一度質問してください。
no-tokens-left = 言語モデルが、最初の言葉を出す前にトークン数の上限に達しました。一度に求める量を減らすか、MODEL_MAX_OUTPUT_TOKENS を上げるよう私の管理者に伝えてください。
endless-tool-calls = 言語モデルが、回答せずにツールを呼び出し続けました。別の言い方で、もう一度質問してください。
context-too-long = 言語モデルが一度に受け取れる量を超えています。文章を短くして質問してください。
model-blind = 私の言語モデルは画像を見ることができません。何が写っているかを言葉で教えてください。
question-filtered = 言語モデルのコンテンツフィルターが質問を拒否しました。別の言い方でお試しください。
answer-filtered = 言語モデルのコンテンツフィルターが回答を打ち切りました。少し違う内容で質問してください。
answer-stalled = 言語モデルが回答の途中で応答しなくなりました。少し待ってから、もう一度質問してください。
answer-lost = 回答の途中で言語モデルとの接続が切れました。少し待ってから、もう一度質問してください。
answer-malformed = 言語モデルから、読み取れないものが送られてきました。少し待ってからもう一度質問し、それでも解決しない場合は、私の管理者に知らせてください。
model-unreachable = 言語モデルに接続できません。少し待ってからもう一度質問し、それでも解決しない場合は、私の管理者に知らせてください。
model-slow = 言語モデルの回答に時間がかかりすぎました。少し待ってから、もう一度質問してください。
model-busy = 言語モデルが現在たいへん混み合っています。1 分ほど待ってから、もう一度質問してください。
model-closed = 言語モデルにアクセスを拒否されました。キーを確認するよう、私の管理者に伝えてください。
model-not-found = 言語モデルが見つかりませんでした。名前とアドレスを確認するよう、私の管理者に伝えてください。
model-quota = 言語モデルの利用枠を使い切りました。私の管理者に知らせてください。
model-refused = 言語モデルが私のリクエストを処理できませんでした。私の管理者に知らせてください。
model-failed = 言語モデルでエラーが起きました。少し待ってから、もう一度質問してください。
memory-unreachable = 記憶にアクセスできません。少し待ってから、もう一度質問してください。
not-remembered = 記憶にアクセスできないため、この回答は覚えておけません。
went-wrong = こちらで問題が起きました。少し待ってから、もう一度質問してください。
