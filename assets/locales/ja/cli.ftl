# コマンドラインの言葉
cli-error = エラー
cli-hint = 次の手順
cli-issue = 注意
cli-guess = 推定
cli-yes = はい
cli-no = いいえ
cli-same = 同じ
cli-older = 以前

cli-severity-info = 注意
cli-severity-warning = 警告
cli-severity-error = エラー

cli-channel = 信号
cli-role = 役割
cli-unit = 単位
cli-grade = 評価
cli-missing = 欠測
cli-findings = 所見
cli-episode = 記録
cli-steps = ステップ数
cli-split = 用途
cli-inspect-head = { $name }: { $rows } 行を読み込み、1 ステップ { $step } 秒 ({ $secs })
cli-inspect-media = 画像 { $images } 枚、音声 { $sounds } 件、点検回答 { $answers } 件
cli-issues-head = 指摘 { $n } 件 (警告・エラー { $bad } 件)
cli-issues-more = … ほか { $n } 件。--json ですべて表示

cli-tier = モデル種別
cli-params = パラメータ数
cli-rmse-norm = RMSE/ばらつき
cli-crps-norm = CRPS/ばらつき
cli-time = 時間
cli-chosen = 採用
cli-modality = 記録の種類
cli-used = 使用
cli-gain = 効果
cli-scored = { $tier }: 検証区間の自走 RMSE はばらつきの { $rmse } 倍 ({ $secs })
cli-train-head = モデル { $model }、計算装置 { $device } ({ $secs })
cli-model = モデル
cli-age = 経過
cli-data = データ
cli-in-use = 使用中
cli-no-models = モデルはまだありません。次のコマンドで学習します: gemba train { $project }

cli-mean = 平均
cli-real = 実績
cli-run-head = { $name }: { $steps } ステップ、{ $draws } 回の試行
cli-written = { $file } に書き込みました

cli-kpi = KPI
cli-p-better = B が良い確率
cli-p-equal = 差なしの確率
cli-limit = 限界
cli-value = 値
cli-compare-head = { $a }  対  { $b } (試行 { $draws } 回、モデル { $members } 個)

cli-check = 検査
cli-says = 判定
cli-threshold = しきい値
cli-meaning = 意味
cli-judge-head = この記録から答えられるか: { $verdict }
cli-verdict-answerable = 答えられる
cli-verdict-partly = 一部だけ答えられる
cli-verdict-not-from-this-log = この記録からは答えられない
cli-support = 予測に沿ったデータの裏付け: { $level }。似た運転は { $hours } 時間、{ $n } 区間。
cli-support-exit = ステップ { $step } でデータの範囲を出ます (予測期間の { $share })。
cli-support-inside = データの範囲内
cli-support-edge = データの端
cli-support-outside = データの範囲外
cli-support-impossible = 限界に反する

cli-fit = 適合
cli-bias = 偏り
cli-lag = 遅れ
cli-coverage = 90 % 帯の内
cli-skill = 技能
cli-gap-head = { $split } 区間でのモデルと記録の差: 最大 { $steps } ステップの予測 { $n } 回、それぞれ直前 { $warmup } ステップを与える

cli-synth-done = 設備 { $hours } 時間分を { $dir } に書き込みました ({ $secs })
cli-demo-done = プロジェクト { $project }、報告書 { $file } ({ $secs })

cli-device = 計算装置
cli-usable = 使用可
cli-why-not = 使えない理由
cli-doctor-head = gemba { $version } · 計算装置 { $chosen } · 画面 { $renderer } · メモリ { $memory } GiB

proof-naive-beaten = 「直前の値のまま」より良い
proof-held-out = 学習に使わない区間がある
proof-later-data = 後から来たデータで採点した
cli-because = 原因:
proof-naive-beaten-by = 学習に使わない区間での自走予測の誤差は、ばらつきに対して { $tier }モデル { $best }、単純モデル { $naive }
proof-held-out-steps = { $steps } 時点を学習に使わずに残した
proof-later-data-none = 予測を固定した後に得られたデータでの採点はまだない
cli-frames-head = { $split } で { $lead } 時点先のカメラ画像を予測：{ $n } 枚、構造的類似度の平均（1 = 同じ）
cli-frames-predicted = 予測
cli-frames-held = 直前の画像を保持
cli-frames-mean = 平均画像
