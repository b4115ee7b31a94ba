# プログラム全体で使う言葉
role-control = 操作量
role-disturbance = 外乱
role-observation = 観測量
role-kpi = 指標
role-label = ラベル
role-ignore = 対象外

detail-role-control = 操作量
detail-role-disturbance = 外乱
detail-role-observation = 観測量
detail-role-kpi = 指標
detail-role-label = ラベル
detail-role-ignore = 対象外

tier-naive = 単純
tier-linear = 線形
tier-narx = 多項式
tier-neural = ニューラル
tier-transformer = トランスフォーマー

modality-image = カメラ
modality-sound = 音
modality-checklist = 点検表

severity-info = お知らせ
severity-warning = 注意
severity-error = エラー

grade-a = A 良好
grade-b = B 軽い指摘あり
grade-c = C 注意して使う
grade-d = D 弱い
grade-e = E ほぼ使えない
grade-f = F 使えない

finding-stuck = 長く同じ値のまま
finding-drifting = ゆっくりずれている
finding-drifted = ほかのセンサーと違い、ずれて急に戻る
finding-disagrees = ほかのセンサーにない跳びがある
finding-late = ほかのセンサーより遅れている
finding-spikes = 単発の飛び値がある
finding-missing = 欠測が多い
finding-readings-missing = 来るはずの測定値の欠けが多い
finding-slow = 数ステップごとにだけ測定
finding-saturated = 測定範囲の端に張り付く
finding-coarse = 刻みが粗い
finding-interpolated = 記録装置が補間した値らしい
finding-mostly-still = ほとんど動かない
finding-line-still = 設備全体が止まった間、動かない
finding-moves-along = 常に別の列と連動する

state-waiting = 待機中
state-running = 実行中
state-done = 完了
state-failed = 失敗
state-cancelled = 中止

job-example = サンプルの作成
job-open = プロジェクトを開く
job-preview = ファイルの確認
job-excerpt = 行の確認
job-import = 取り込み
job-train = 学習
job-compare = 比較
job-gap = ギャップの測定
job-report = レポート作成
job-save = 保存

stage-waiting = 順番待ち
stage-preparing = 準備中
stage-simulating = 充填ラインをシミュレーション中
stage-writing = ファイルを書き出し中
stage-reading = ファイルを読み込み中
stage-columns = 各列を確認中
stage-images = 画像を読み込み中
stage-sounds = 音を読み込み中
stage-checklists = 点検表を読み込み中
stage-issue = 気になる点を記録中
stage-saving = 保存中
stage-linear = 線形モデル
stage-narx = 多項式モデル
stage-neural = ニューラルモデル
stage-transformer = トランスフォーマー
stage-records = 画像・音・点検表を加えたモデル
stage-training = 学習中
stage-rollout = 将来を計算中
stage-comparing = A と B を比較中
stage-judging = 答えられるかを判定中
stage-scoring = 評価中
stage-report = レポートを作成中

unit-secs = { $n } 秒
unit-mins = { $n } 分
unit-min-secs = { $m } 分 { $s } 秒
unit-hours = { $n } 時間
unit-hours-min = { $h } 時間 { $m } 分
unit-days = { $n } 日

place-row = { $row } 行目
place-comma = 、
phrase-because =
    { $what }
    { "  " }{ $why }

kpi-scrap = 不良率
kpi-output = 生産量
kpi-power = 電力
kpi-energy = エネルギー
kpi-downtime = 停止時間
kpi-yield = 歩留まり
kpi-cost = コスト
