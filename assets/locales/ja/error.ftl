# error: 処理できない理由、hint: 次にすること、detail: その一部

## Base
error-file =
    { $action }ことができません
    { "  " }{ $path }
hint-file = パスが正しいか、読み取りが許可されているか確認してください
error-file-full =
    { $action }ことができません
    { "  " }{ $path }
hint-file-full = 空き容量を確保してやり直してください。何も変更していません
error-file-read-only =
    { $action }ことができません
    { "  " }{ $path }
hint-file-read-only = 書き込める場所を選ぶか、アクセス権を変更してください
detail-open-the-file = ファイルを開く
detail-read-the-file = ファイルを読む
detail-read-the-file-as-utf-8 = ファイルを UTF-8 として読む
detail-make-the-folder = フォルダを作る
detail-write-the-file = ファイルに書き込む
detail-make-the-folder-durable = フォルダの内容をディスクに確定する
detail-read-the-folder = フォルダを読む
detail-list-the-folder = フォルダの一覧を読む
detail-open-the-lock = ロックファイルを開く
detail-lock-the-project = プロジェクトをロックする
detail-look-at = 場所を調べる
detail-look-into-the-folder = フォルダの中を調べる
detail-remove-what-an-earlier-run-wrote = 前回の出力を消す
error-io = { $words }
error-io-not-found = ファイルまたはフォルダがありません
error-io-permission = アクセス権がありません
error-io-exists = すでに存在します
error-io-full = ディスクに空きがありません
error-io-read-only = ディスクが読み取り専用です
error-io-not-a-folder = パスの途中がフォルダではありません
error-io-a-folder = フォルダです
error-io-bad-bytes = 内容が正しくありません（{ $words }）
error-io-not-a-file = 通常のファイルではありません
error-stopped = 中止しました
detail-picture-bytes = { $bytes } バイトあります。読み取れるのは { $most } バイトまでです
detail-picture-pixels = { $width }×{ $height } 画素です。読み取れるのは合計 { $most } 画素までです
detail-media-broken = 壊れているか、対応していない形式です: { $words }
detail-no-sound-track = 音声トラックがありません
detail-no-sample-rate = サンプリング周波数が分かりません
detail-no-sample = 音のデータがありません
detail-decoder-gave-up = 読み取りの途中で処理できなくなりました
detail-none = なし
detail-missing-field = 項目 { $what } がありません
detail-unknown-field = 未知の項目 { $what }
detail-unknown-word = 未知の語 { $what }
detail-wrong-type = 型が違う値（{ $what }）
detail-wrong-value = 使えない値（{ $what }）
detail-twice = { $what } が 2 回ある
detail-kind-string = 文字列 { $value }
detail-kind-integer = 整数 { $value }
detail-kind-float = 小数 { $value }
detail-kind-boolean = 真偽値 { $value }
detail-kind-list = 一覧
detail-a-table = 表
detail-a-boolean = true または false
detail-found-expected = { $found }。正しくは { $expected }
detail-toml-once = 1 回だけ
detail-toml-rest = 行に余分なものがある
detail-toml-line-end = そこで行を終える
detail-toml-unquoted = 引用符のない文字列
detail-toml-quoted = 引用符 "…" で囲んだ文字列、true、false
detail-toml-string = 文字列が正しくないか、閉じていない
detail-toml-escape = \ の後の文字が正しくない
detail-toml-escapes = \ は \\ と書くか、'…' で囲む
detail-toml-no-value = 名前の後に = と値がない
detail-toml-assigned = 名前 = 値
detail-toml-open-head = 見出しが閉じていない
detail-toml-open-list = 一覧が閉じていない
detail-toml-open-table = 波かっこが閉じていない
detail-toml-comma = 値の間にカンマがない
detail-toml-extra = カンマか = が余分
detail-toml-key = 名前に使えない文字がある
detail-toml-keys = 半角の英字・数字・-・_、または引用符で囲んだ名前
detail-toml-number = 数値の書き方が正しくない
detail-toml-numbers = 12 や 0.5 のような数値
detail-toml-date = 日時の書き方が正しくない
detail-toml-dates = "2026-01-05T10:00:00Z" のように引用符で囲んだ日時
detail-toml-extend = 先に値を書いた名前に表を書いている
detail-toml-other = TOML として読めない（{ $what }）

## Data
error-data-plan = 操作計画には { $channels } チャンネルそれぞれに有限の値が { $steps } 個必要です
error-data-episode = 記録 { $episode } の列 { $column } の値は { $found } 個ですが、{ $expected } 個必要です
error-data-same-name = 同じ名前のチャンネルが 2 つあります: { $name }
error-data-step = 時間刻みは 0 秒より長くしてください（指定: { $found } 秒）
error-data-span = { $split } の区間 { $start }..{ $end } が記録 { $episode } の外にあります
hint-data-plan = レシピまたはファイルを直して、もう一度取り込んでください
hint-data-episode = レシピまたはファイルを直して、もう一度取り込んでください
hint-data-same-name = レシピまたはファイルを直して、もう一度取り込んでください
hint-data-step = レシピまたはファイルを直して、もう一度取り込んでください
hint-data-span = レシピまたはファイルを直して、もう一度取り込んでください

## Import
error-import-no-source = 取り込むファイルまたはフォルダが指定されていません
hint-import-no-source = 実在するファイルまたはフォルダを指定してください
error-import-missing =
    ファイルまたはフォルダがありません
    { "  " }{ $path }
hint-import-missing = 実在するファイルまたはフォルダを指定してください
error-import-folder =
    ファイルの代わりにフォルダーが指定されました
    { "  " }{ $path }
hint-import-folder = フォルダーの中のファイルを 1 つ指定してください
error-import-not-a-file =
    ファイルやフォルダではなく、パイプまたはデバイスです
    { "  " }{ $path }
hint-import-not-a-file = いったんファイルに保存してから取り込んでください
error-import-empty =
    ファイルが空です
    { "  " }{ $path }
hint-import-empty = ログを出力し直してください。このファイルには何も書かれていません
error-import-nothing =
    { $files } 個のファイルに、センサー値の表として読めるものがありません
    { "  " }{ $path }
hint-import-nothing = コンマ、セミコロン、タブ、空白のどれかで区切った数値の行が必要です。表計算のファイルは CSV で保存してください
error-import-nothing-why =
    { $files } 個のファイルに、センサー値の表として読めるものがありません（{ $why }）
    { "  " }{ $path }
hint-import-nothing-why = コンマ、セミコロン、タブ、空白のどれかで区切った数値の行が必要です。表計算のファイルは CSV で保存してください
error-import-few-rows = { $file } の使える行は { $found } 行です。{ $expected } 行以上必要です
hint-import-few-rows = もっと長い期間を出力してください
error-import-no-output = { $file } には予測できる列がありません（{ $columns } 列のうち、変化する測定値がありません）
hint-import-no-output = 予測したい列の役割を観測量にしてください（レシピでは role = "observation"）
error-import-recipe = { $file } の { $line } 行目: { $problem }
hint-import-recipe = レシピを直すか、レシピなしで取り込んで自動で判定させてください
error-import-setting = この設定では { $file } を読み取れません: { $setting }
hint-import-setting = 別の値を選ぶか、自動に戻してください
detail-setting-delimiter = 区切り
detail-setting-decimal = 小数点
detail-setting-header-rows = 見出しの行数
detail-setting-time = 時刻の設定
detail-setting-channels = チャンネルの設定
detail-why-told = 指定どおり
detail-why-ascii = 英数字だけなので、どの文字コードでも同じです
detail-why-utf8 = UTF-8 として正しく読めます
detail-why-letters = UTF-8 ではなく { $encoding } として言葉になります
detail-why-delimiter = { $rows } 行中 { $fit } 行が { $cells } 個のセルに分かれます
detail-why-decimal = 点の数値 { $point } 個、カンマの数値 { $comma } 個
detail-why-no-header = { $line } 行目からもう値です
detail-why-header = 値は { $line } 行目から。その上に言葉の行があります
detail-why-counted = 時刻の列がありません。行の間隔を { $secs } 秒とします
detail-why-stamps = 「{ $written }」を { $read } と読みます
detail-why-growing = { $column } の数値が行ごとに増えています
error-import-no-place = { $file } という名前のファイルが取り込み元に { $files } 個あります（1 個のはずです）
hint-import-no-place = 取り込んだときの場所に、重複しない名前でファイルを戻してください
error-import-stopped = 取り込みを中止しました。何も保存していません
detail-file-empty = { $file } は空です
detail-file-no-table = { $file } に数値の表がありません
detail-gzip-cut = gzip の途中で切れているか、壊れています。ファイルをコピーし直してください
detail-zstd-cut = Zstandard の途中で切れているか、壊れています。ファイルをコピーし直してください
detail-unpack-bomb = { $packed } バイトが展開すると { $unpacked } バイト以上になります（上限 { $most }）。信頼できるファイルなら、展開してから取り込んでください
detail-zip-no-list = ZIP の目次を読めません。ファイルをコピーし直してください
detail-zip-part = ZIP の一部が壊れていて展開できません。ファイルをコピーし直してください
detail-zip-lies = ZIP の一部が { $size } バイトと書かれた大きさを超えています。このようなファイルは読みません
detail-workbook = 読み取れるブックではありません（{ $error }）。.xlsx または CSV で保存し直してください
detail-sheet = シート「{ $name }」を最後まで読めません（{ $error }）
detail-sheet-wide = シート「{ $name }」の { $column } 列目に値があります（上限 { $most } 列）
detail-packed-once-more = さらに圧縮されています。展開したファイルを取り込んでください
detail-packed-twice = 二重に圧縮されています。一度展開してから取り込んでください
detail-old-excel = 古い .xls 形式のブックです。.xlsx または CSV で保存し直してください
detail-reader-gave-up = 壊れていて読み取れません。書き出し直してください
detail-cells-full = セルを文字にすると { $most } バイトを超えます。もっと短い期間を書き出してください
detail-json-large = JSON が { $bytes } バイトあります（上限 { $most }）。CSV または Parquet で保存してください
detail-database = データベースを読めません（{ $error }）
detail-database-tables = テーブルが { $found } 個あります（上限 { $most }）。ログのテーブルだけを書き出してください
detail-database-table = テーブル { $table } を読めません（{ $error }）
detail-path-not-unicode = パスに Unicode で表せない文字があります。別のフォルダに移してください
detail-no-flat-column = 入れ子でない列がありません。1 セルに 1 つの値が入る列で書き出してください
detail-parquet = 読み取れる Parquet ファイルではありません（{ $error }）
detail-parquet-rows = 行を読めません（{ $error }）
detail-parquet-cut = { $row } 行目で途切れています（{ $error }）。圧縮なし、snappy、gzip のどれかで書き出し直してください
detail-parquet-large = { $rows } 行、{ $columns } 列、{ $bytes } バイトと書かれています（上限 { $most }）。もっと短い期間を書き出してください
detail-feather-first = 古い版（バージョン 1）の Feather ファイルです。version=2 で書き出し直してください
detail-arrow-broken = Arrow ファイルとして壊れています（{ $cause }）。コピーし直すか、書き出し直してください
detail-arrow-no-end = 末尾がありません
detail-arrow-cut = 途中で切れています
detail-arrow-list-long = 部分の一覧が { $declared } バイトと書かれていますが、ファイルは { $bytes } バイトです
detail-arrow-list-empty = 部分の一覧が空です
detail-arrow-no-columns = 最初の部分に列の一覧がありません
detail-arrow-part-outside = ファイルの外を指す部分があります
detail-arrow-parts-overlap = 部分どうしが重なっています
detail-arrow-part-empty = 行のない部分があります
detail-arrow-below-nothing = 長さが負の列があります
detail-arrow-column-outside = 部分の外を指す列があります
detail-arrow-columns-overlap = 列どうしが重なっています
detail-arrow-no-length = 圧縮された列に長さが書かれていません
detail-arrow-packed-lies = 圧縮された列は { $declared } バイトと書かれていますが、中身は { $found } バイトです
detail-arrow-no-room = { $rows } 行は { $bytes } バイトに収まりません
detail-arrow-byte-order = 数値のバイト順が逆です。このコンピュータで書き出し直すか、Parquet で書き出してください
detail-arrow-zstd = 内部が Zstandard で圧縮されています（読めるのは LZ4 または圧縮なし）。compression="lz4" か "uncompressed" で書き出し直してください
detail-arrow-large = { $rows } 行、{ $columns } 列と書かれています（上限 { $most } セル）。もっと短い期間を書き出してください
detail-arrow-unpacked = 展開後の列が { $most } バイトを超えると書かれています。もっと短い期間を書き出してください
detail-file-why = { $file }: { $why }
detail-recipe-format = format が { $found } です。{ $expected } としてください
detail-recipe-version = version が { $found } です。このプログラムで読めるのは { $known } までです
detail-recipe-step = step_secs は 0 秒より長くしてください（指定: { $found }）
detail-recipe-same-name = 同じ名前のチャンネルが 2 つあります: { $name }
detail-recipe-limits = チャンネル { $channel } の下限 { $low } が上限 { $high } を超えています
detail-recipe-time-forms = [time] には column・columns・step_secs のどれか 1 つだけを書いてください
detail-recipe-time-format = { $file } に書式 { $format } の時刻を持つ行がありません
detail-recipe-same-source = 2 つのチャンネルが同じ列 { $column } を使っています
detail-recipe-role = チャンネル { $channel } の役割が { $found } です。次のどれかにしてください: { $known }
detail-recipe-layout = { $found } は使えません。次のどれかにしてください: { $known }
detail-recipe-order = 列の単位・順序・書式が違います
detail-recipe-zone = タイムゾーン { $found } がわかりません。"Asia/Tokyo" のように指定してください（{ $why }）
detail-recipe-column = 列 { $column } がファイルにありません。次のどれかにしてください: { $known }
detail-recipe-start = start が { $found } です。"2026-01-05T08:00:00Z" のような時刻にしてください
detail-block-form = [split] の区間の書き方が違う
detail-block-forms = "file.csv"、[0, 1024]、["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"] のどれか
detail-recipe-block = { $split } の区間 { $block } に当たるステップがありません
detail-recipe-overlap = { $left } と { $right } の区間が重なっています
detail-year-first = 年が先
detail-day-first = 日が先
detail-month-first = 月が先

## Store
error-store-not-a-project =
    Gemba のプロジェクトではありません: { $found }
    { "  " }{ $path }
hint-store-not-a-project = 名前が .gemba で終わるフォルダを指定するか、`gemba import` で作成してください
error-store-newer =
    プロジェクトの形式は版 { $found } です。このプログラムで扱えるのは版 { $known } までです
    { "  " }{ $path }
hint-store-newer = 新しい版の Gemba で開いてください。何も変更していません
error-store-read-only =
    プロジェクトは読み取り専用で開いています
    { "  " }{ $path }
hint-store-read-only = 開いているほかのウィンドウを閉じるか、書き込める場所にフォルダをコピーしてください
error-store-no-model = モデル { $id } がありません。あるのは { $known } です
hint-store-no-model = `gemba models` に出るモデルを選んでください
error-store-no-form = { $what } を書き込めません: { $found }
error-store-damaged =
    プロジェクトのファイルが壊れています: { $found }
    { "  " }{ $path }
hint-store-damaged = 元のファイルを取り込み直すか、プロジェクトのバックアップからこのファイルを戻してください
error-store-damaged-index =
    プロジェクトの索引が壊れています: { $found }
    { "  " }{ $path }
hint-store-damaged-index = バックアップから project.sqlite を戻すか、元のファイルを新しいプロジェクトに取り込んでください
error-store-no-whole-model =
    保存された { $count } 個のモデルがすべて壊れています
    { "  " }{ $path }
hint-store-no-whole-model = `gemba train` でもう一度学習してください
error-store-full =
    ディスクに空きがありません
    { "  " }{ $path }
hint-store-full = 空き容量を確保するか、別の場所に保存してください。前回の保存内容は無事です
error-store-index =
    プロジェクトの索引を読み書きできません
    { "  " }{ $path }
hint-store-index = フォルダを読み書きできるか確認するか、別の場所にコピーして開いてください
detail-nothing-there = この名前のものがありません
detail-a-file = ファイルです（プロジェクトはフォルダです）
detail-no-index = フォルダに project.sqlite がありません
detail-other-files = フォルダに project.sqlite がなく、ほかのファイルがあります
detail-empty-index = project.sqlite が空です
detail-foreign-index = project.sqlite はほかのプログラムのものです
detail-empty-with-data = 索引が空なのに、フォルダにデータがあります
detail-old-version = 版が { $version } です（1 以上のはずです）
detail-missing = ファイルがありません
detail-wrong-digest = 内容がダイジェストと一致しません
detail-wrong-seal = 行の内容がダイジェストと一致しません

## Scenario
error-scenario-head = { $place }: { $found }。正しくは { $expected }
hint-scenario-head = ファイルの先頭に format = "gemba-scenario" と version = 1 を書いてください
error-scenario-line = { $place }: { $found }。正しくは { $expected }
hint-scenario-line = シナリオファイルの { $line } 行目を直してください
error-scenario-version = { $place }: シナリオファイルの版は { $found } です。このプログラムで読めるのは { $known } までです
hint-scenario-version = 新しい版のプログラムで開くか、シナリオを書き直してください
error-scenario-channel = { $place }: チャンネル { $channel } がありません。近い名前: { $nearest }。操作量: { $controls }
hint-scenario-channel = { $first } のことですか
error-scenario-not-a-control = { $place }: チャンネル { $channel } の役割は { $role } です。変更できるのは操作量だけです: { $controls }
hint-scenario-not-a-control = 操作量を変更するか、レシピでこのチャンネルの役割を control にしてください
error-scenario-limit = { $place }: { $channel } が開始から { $step } ステップ目に { $found } になります。正しくは { $expected }
hint-scenario-limit = 制限値の内側にするか、レシピの制限値を直してください
error-scenario-range = { $place }: { $found }。正しくは { $expected }
hint-scenario-range = 開始から数えて from_step < to_step とし、予測期間の内側にしてください
error-scenario-start = { $place }: { $found }。正しくは { $expected }
hint-scenario-start = データにある記録とステップを選ぶか、[start] を省いてください
error-scenario-same-kpi = { $place }: { $name } という名前の指標がもうあります。指標ごとに別の名前にしてください
hint-scenario-same-kpi = それぞれの [[kpi]] に異なる name = "…" を書いてください
error-scenario-kpi = { $place } の指標 { $kpi }: { $channel } は{ $role }。予測される値（近い名前の順）: { $outputs }
hint-scenario-kpi = { $first } のことですか
detail-scenario = シナリオ
detail-line = { $file } の { $line } 行目
detail-no-channel = チャンネルにありません
detail-not-predicted = 役割が { $role } で、予測されません
detail-scenario-head = format = "gemba-scenario" と version = 1
detail-scenario-form = すべての [[edit]] に channel と op、すべての [[kpi]] に channel と better
detail-horizon = 予測期間が { $steps } ステップ
detail-steps-up-to = 1 から { $most } ステップ
detail-at-and-step = at と step の両方
detail-only-one = どちらか一方
detail-zoned-time = "2026-01-05T10:00:00+09:00" のようなタイムゾーン付きの時刻
detail-one-step = 1 ステップ以上
detail-op-without-value = op { $op } に value がない
detail-op-with-value = op { $op } に value がある
detail-a-value = value を書く
detail-no-value = value を書かない
detail-op-points = op { $op } に points が { $n } 個
detail-points-with-schedule = op "schedule" のときだけ points = [[ステップ, 値], ...] を書く
detail-points-order = points の順序が逆
detail-steps-grow = ステップの小さい順
detail-steps = ステップ { $from } から { $to }
detail-to-after-from = from_step より大きい to_step
detail-level-beside = チャンネルの単位の level を並べて書く
detail-one-of = 次のどれか: { $names }
detail-reduce-with-level = reduce = { $reduce } に level がある
detail-no-level = level を書かない
detail-kpi-numbers = kpi の level または delta が正しくない
detail-kpi-numbers-wanted = 有限の level と 0 以上の delta
detail-a-number = 数値
detail-a-whole-number = 整数
detail-a-count = 0 以上の整数
detail-a-point = 点 [ステップ, 値]
detail-a-list = 一覧、または見出しが [[…]] の表
detail-list-of-edits = 一覧（表の見出しを [[edit]] または [[kpi]] とする）
detail-a-string = 文字列
detail-no-control-value = 操作量 { $control } の値が記録 { $episode } にない
detail-recorded-controls = すべての操作量が記録されている記録
detail-edit-steps = { $channel } の変更がステップ { $from } から { $to }
detail-inside-horizon = from_step < to_step かつ from_step < { $horizon }（予測期間）
detail-schedule-from = { $channel } の schedule がステップ { $from } から
detail-first-point = 最初の点は、変更が終わる前のステップ 0 から { $last } まで
detail-finite = 有限の数
detail-at-least = { $bound } { $unit } 以上（制限値 { $limit }）
detail-at-most = { $bound } { $unit } 以下（制限値 { $limit }）
detail-start-step = 開始が記録 { $episode } のステップ { $step }
detail-start-steps = 1 から { $most } のステップ（前に測定が 1 ステップ必要）
detail-start-at = 開始が { $at }
detail-step-no-clock = ステップの番号（データに時刻がないため）
detail-no-rows = データに行がない
detail-an-episode = 開始できる記録
detail-no-episode = 記録 { $name } がない
detail-episodes = "latest" または { $near } など
detail-start-outside = 開始の { $at } が記録の外
detail-start-gap = 開始の { $at } が二つの記録の間
detail-start-between = 記録 { $earlier } の { $to } まで、または記録 { $later } の { $from } 以降の時刻
detail-start-times = 記録 { $episode } の { $from } から { $to } までの時刻
detail-controls-horizon = 操作量が予測期間と合わない

## Model
error-model-data = データに矛盾があります
hint-model-data = ファイルを取り込み直してください
error-model-few-rows = 学習には train と val の区間に { $needed } ステップ以上必要ですが、使えるのは { $found } ステップです
hint-model-few-rows = 記録を増やすか、時間刻みを短くするか、学習に使う区間を広げてください
error-model-short-pieces = { $steps } ステップが、すき間で { $piece } ステップ未満に途切れた区間にあり、短すぎて学習に使えません
hint-model-short-pieces = 時間刻みを長くしてすき間を埋めるか、途切れのない記録を使ってください
error-model-no-output = データ { $dataset } に、予測できるチャンネル（役割が観測量か指標）がありません
hint-model-no-output = 少なくとも 1 つのチャンネルの役割を観測量（observation）か指標（kpi）にしてください
error-model-nothing-moves = データ { $dataset } の観測量と指標は、train と val の区間でまったく変化しません
hint-model-nothing-moves = ラインの状態が変化する期間を記録してください
error-model-channel = モデルに必要なチャンネル { $channel } がデータ { $dataset } にありません
hint-model-channel = このデータでモデルを学習するか、チャンネルの名前を合わせてください
error-model-time-step = モデルが学習した時間刻みは { $expected } 秒ですが、データは { $found } 秒です。1 ステップの意味が異なるため、予測できません
hint-model-time-step = `gemba train` でもう一度学習するか、学習したときの時間刻みで取り込み直してください
error-model-start = 記録 { $episode } のステップ { $start } から測定 { $context } ステップを前に置いて予測することはできません（記録は { $steps } ステップ）
hint-model-start = 開始を遅くするか、前に置く測定のステップを減らしてください
error-model-plan = 操作計画は { $found } ステップですが、予測は { $expected } ステップです
hint-model-plan = 予測期間のステップごとに値を 1 つ指定してください
error-model-tier = モデルに候補 { $tier } がありません
hint-model-tier = `gemba models` に出る候補を指定してください
error-model-device = デバイス { $quoted } を使えません: { $why }
hint-model-device = --device cpu を使ってください
error-model-device-build = デバイス { $quoted } を使えません: { $why }
hint-model-device-build = --features { $device } を付けてビルドするか、--device cpu を使ってください
error-model-number = 学習のステップ { $step } で { $term } が有限の数になりませんでした
hint-model-number = そのあたりの値を確認するか、チャンネルを外してください
error-model-damaged = モデルのファイルが壊れています（{ $what } が { $found }、正しくは { $expected }）
hint-model-damaged = 前のモデルを使うか、もう一度学習してください
error-model-newer = モデルのファイルは版 { $found } です。このプログラムで読めるのは版 { $known } までです
hint-model-newer = 新しい版のプログラムを入れるか、このプログラムで学習し直してください
error-model-other-run = 途中までの学習とは { $what } が違います（途中まで: { $found }、今回: { $expected }）
hint-model-other-run = --resume を付けずに学習してください
error-model-tensor = テンソル演算ができませんでした
hint-model-tensor = --device cpu を試してください
error-model-thread = 処理用のスレッドを使えません: { $why }
detail-no-device-support = このビルドは { $device } に対応していません

## The built-in plant
error-synth-plant = プラント { $found } はありません。あるのは { $allowed } です
hint-synth-plant = gemba synth { $plant } としてください
error-synth-hours = プラントを { $found } 時間動かすことはできません。1 分から { $most } 時間までです
hint-synth-hours = たとえば --hours 48 としてください
error-synth-fault = 故障 { $fault } の指定が正しくありません: { $found }。正しくは { $expected }
hint-synth-fault = たとえば --fault stuck:tank_level@3h+2h としてください
error-synth-not-empty =
    フォルダに、プラントの出力ではないファイルがあります
    { "  " }{ $path }
hint-synth-not-empty = --out で新しいフォルダか空のフォルダを指定してください
error-synth-truth =
    { $found }。正しくは { $expected }
    { "  " }{ $path }
hint-synth-truth = gemba synth が書いたフォルダを指定するか、作り直してください
error-synth-picture =
    画像を作れません
    { "  " }{ $path }
error-synth-stopped = プラントの計算を中止しました。フォルダは元のままです
hint-synth-stopped = gemba synth を最後まで実行し直してください
detail-fault-form = 書式が違う
detail-fault-forms = kind:channel@start+duration または kind:channel@start+duration*size
detail-fault-kind = 種類 { $kind }
detail-fault-channel = チャンネル { $channel }
detail-fault-time = 時間 { $time }
detail-fault-times = 3h や 30m のように d、h、m、s を付けた数
detail-fault-start = 開始 { $time }
detail-fault-starts = 0h から、記録が終わる { $hours }h より前まで
detail-fault-duration = 長さ { $time }
detail-fault-durations = { $secs } 秒以上
detail-fault-size = 大きさが数ではない
detail-no-json = JSON ではない: { $why }
detail-truth = gemba synth が書いた内容
detail-truth-version = version 1（このプログラムで読める最新の版）
detail-truth-part = spec が不完全
detail-truth-spec = plant、hours、excitation、faults、seed

## Use cases
error-source-gone =
    以前に取り込んだファイルが見つかりません。追加のときに読み直すため、このままではその行が失われます
      { $path }
hint-source-gone = ファイルを元の場所に戻すか、残したいファイルをすべて指定して --append なしで取り込んでください
error-source-changed =
    以前に取り込んだファイルの内容が変わっています。{ $from } から { $to } までの { $rows } 行が失われます
      { $path }
hint-source-changed = 書き出すたびに別の名前を付けて新しいファイルを追加するか、残したいファイルをすべて指定して --append なしで取り込んでください
error-source-replaced =
    以前に取り込んだファイルの内容が変わっています。時刻がないため、以前の行が残っているか分かりません
      { $path }
hint-source-replaced = 書き出すたびに別の名前を付けて新しいファイルを追加するか、残したいファイルをすべて指定して --append なしで取り込んでください
error-no-recipe = プロジェクトに記憶されたレシピ { $id } はありません
hint-no-recipe = 一覧を見る: gemba recipes P
error-no-data =
    プロジェクトにまだデータがありません
    { "  " }{ $path }
hint-no-data = 先にファイルを取り込んでください: gemba import FILES --project { $path }
error-no-model =
    プロジェクトに使えるモデルがありません
    { "  " }{ $path }
hint-no-model = 先に学習してください: gemba train { $path }
error-no-usable-model =
    プロジェクトに使えるモデルがありません: { $why }
    { "  " }{ $path }
hint-no-usable-model = 先に学習してください: gemba train { $path }
detail-model-unusable = 保存されたモデルを読めません（{ $why }）
error-read-only =
    プロジェクトがほかで開かれているか、ディスクが読み取り専用のため、保存できません
    { "  " }{ $path }
hint-read-only = ほかのプログラムを閉じるか、書き込める場所にプロジェクトをコピーしてください
error-no-pictures = 使用中のモデルは画像を予測できません
    { $path }
hint-no-pictures = センサーと一緒に 40 枚以上のカメラ画像を取り込み、学習し直してください
error-no-frames = { $split } の区間に、前に { $needed } ステップと以前の画像がそろった画像がありません
hint-no-frames = --lead か --warmup を短くするか、別の区間を指定してください
error-no-rows = { $split } の区間に、助走の { $warmup } ステップより長い部分がありません（最長 { $longest } ステップ）
hint-no-rows = --warmup で助走を短くするか、別の区間を指定してください
error-too-large = { $outputs } 出力を { $steps } ステップ予測すると、メモリーに入る試行は { $fits } 回だけです（最低 { $needed } 回必要です）
hint-too-large = 予測期間やステップ、試行回数を減らしてください
error-different-starts = A は記録 { $episode_a } のステップ { $step_a } から { $horizon_a } ステップ、B は記録 { $episode_b } のステップ { $step_b } から { $horizon_b } ステップです。開始と期間をそろえてください
hint-different-starts = 両方のシナリオファイルの [start] と [horizon] を同じにしてください
error-different-contexts = 開始前の助走に使う測定ステップ数が A は { $a }、B は { $b } です。そろえてください
hint-different-contexts = 両方のシナリオファイルの context_steps を同じにしてください
error-unlearned-control =
    モデルは以前のデータで学習しており、そのデータでは { $channel } は操作量でなかったか、一度も動いていません。変えたときの影響は答えられません
    { "  " }{ $path }
hint-unlearned-control = もう一度学習してください: gemba train { $path }
error-kpi-channel = 指標 { $kpi } にはチャンネル { $channel } が必要ですが、モデルはこれを予測しません
hint-kpi-channel = 役割が指標、観測量、操作量、外乱のどれかのチャンネルを選んでください
error-no-device = デバイス { $device } を使えません: { $why }
hint-no-device = { $hint }。または --device cpu を選んでください
error-number = { $name }が { $found } です。正しくは { $expected }
error-file-kind =
    この種類のファイルには書き出せません。書き出せるのは { $expected } です
    { "  " }{ $path }
hint-file-kind = 名前の末尾を { $expected } にしてください
error-workbook = ワークブックを作成できません
hint-workbook = --out FILE.html でページとして書き出してください
error-paper = 印刷用ページを組めません: { $found }
hint-paper = --out FILE.html でページとして書き出してください
error-stopped-early = 中止しました。それまでに保存した内容は有効です
detail-hours = 時間数
detail-above-zero = 0 より大きい有限の数
detail-draws = 試行回数
detail-smallest-delta = 意味のある最小の差
detail-from-zero = 0 以上の有限の数
detail-the-sensor = 故障を想定するセンサー
detail-an-output = 出力のいずれか（{ $names }）
detail-the-horizon = 予測期間
detail-step-or-full = 1 ステップ以上、または full
detail-unknown-device = このビルドは対応していません
detail-build-cuda = NVIDIA の GPU と CUDA ツールキットがあれば、--features cuda を付けてビルドしてください
detail-build-metal = Apple のマシンでは --features metal を付けてビルドしてください
detail-cpu-works = CPU で計算します
detail-doctor-device = { $device } を使えません: { $why }
detail-doctor-display = 画面がないため、ウィンドウを開けません
detail-doctor-session = デスクトップの画面から起動するか、gemba demo --headless を実行してください
detail-doctor-memory = メモリが { $gib } GiB しかありません
detail-doctor-small = --preset small で学習してください

## Window and command line
error-panicked = 処理が途中で止まりました: { $reason }
hint-panicked = 保存済みの内容は変わっていません。やり直すか、プログラムを再起動してください
error-empty-folder =
    フォルダに、内容を表示できるファイルがありません
    { "  " }{ $path }
hint-empty-folder = センサーログ（CSV、TSV、TXT）の入ったフォルダを選んでください
error-no-thread = { $name } のスレッドを作れません
hint-no-thread = ほかのプログラムを閉じてから起動し直してください
error-no-window = ウィンドウを開けません: { $why }
hint-no-window = --renderer glow を試すか、コマンドで使ってください。足りないものは `gemba doctor` でわかります
error-no-display = 画面がないため、ウィンドウを開けません
hint-no-display = ウィンドウなしで実行してください: gemba demo --headless
error-project-and-command = コマンドの前にプロジェクト { $project } があります。どちらか一方にしてください
hint-project-and-command = プロジェクトはコマンドの後に書いてください: gemba inspect PROJECT
error-usage = 引数を読めません
hint-usage = gemba --help を見てください
error-usage-unknown = 引数 { $argument } は使えません
hint-usage-unknown = gemba --help を見てください
error-usage-command = コマンド { $command } はありません
hint-usage-command = gemba --help を見てください
error-usage-value = { $argument } に値 { $value } は使えません
hint-usage-value = gemba --help を見てください
error-usage-missing = 足りない引数: { $argument }
hint-usage-missing = gemba --help を見てください
error-usage-conflict = { $argument } と { $other } は同時に使えません
hint-usage-conflict = gemba --help を見てください
