# レポート
report-kind = 比較レポート
report-title = A（{ $a }）と B（{ $b }）の比較
report-facts = { $data } ・ { $start } から { $horizon } 先まで
report-stage-pill = 段階 { $n } / 3 – { $name }
report-stage-1 = 模擬プラントで検証済み
report-stage-2 = 記録データで検証済み
report-stage-3 = 実ラインで継続検証中
report-verdict-answerable = この問いには記録データから答えられます
report-verdict-partly = この問いには記録データから一部だけ答えられます
report-verdict-guarded = この問いには記録データから答えられますが、下記の留保があります
report-verdict-unasked = B案は何も変更していないため、問いがありません
report-verdict-not-from-this-log = この問いには記録データからは答えられません
report-support-inside = { $side } は記録データで十分に裏付けられています（類似運転 { $hours } 時間、{ $campaigns } 期間）
report-support-edge = { $side } は記録データの端にあります（類似運転 { $hours } 時間、{ $campaigns } 期間）
report-support-outside = { $side } は記録データの範囲を外れます（類似運転 { $hours } 時間、{ $campaigns } 期間）
report-support-impossible = { $side } はラインの制限値に反します（類似運転 { $hours } 時間、{ $campaigns } 期間）
report-joint = 。
report-provisional = 暫定：学習の最初の簡易モデルの答えです。保存されておらず、学習を終えると変わることがあります。
report-exit = 開始から { $after } 以降の予測は判断に使えません

# 見出し
report-kpis = 指標
report-charts = 時間変化
report-changes = 変更した操作量
report-trust = この結果は信頼できるか
report-limits = ラインの制限値
report-stage = 検証の段階
report-assumptions = 前提条件
report-issues = データの問題点
report-provenance = 数値の出所

# 指標
report-kpi = 指標
report-a = A
report-b = B
report-delta = 差 B − A
report-interval = { $level } % 区間
report-p-better = 改善確率
report-real = 実績
report-better = 改善
report-worse = 悪化
report-differs = 差あり
report-unclear = 明確な差なし
report-equal = 意味のある差なし
report-same = 同じ
report-untold = 判定せず
report-lower-better = 低いほど良い
report-higher-better = 高いほど良い
report-unknown-better = 良し悪しの向きは未設定
report-reduce-mean = { $channel } の平均
report-reduce-sum = { $channel } の合計
report-reduce-integral = { $channel } の時間積分
report-reduce-min = { $channel } の最小値
report-reduce-max = { $channel } の最大値
report-reduce-last = { $channel } の最終値
report-reduce-std = { $channel } のばらつき（標準偏差）
report-reduce-above = { $channel } が { $level } を上回る時間（分）
report-reduce-below = { $channel } が { $level } を下回る時間（分）
report-no-kpis = 指標が指定されていません
report-kpi-note = A と B は同じ乱数で計算しているため、偶然のばらつきは差では打ち消されます。改善確率は、意味のある最小差を超えて B のほうが良い確率です。▲ は増加、▼ は減少、≈ は意味のある差がないことを示し、「改善」「悪化」は区間が 0 を含まず、意味のある差がありうる場合にのみ表示します。データの裏付けがない場合は判定せず、改善確率は「–」とします。どちらの向きが良いか分からない指標でも「–」です（シナリオファイルの better = "lower" または "higher" で指定できます）。

# グラフ
report-delta-of = { $channel } の差 B − A
report-legend-side = { $letter }: { $name }（帯 50 %・90 %）
report-legend-delta = 差と同時信頼帯 95 %
report-beyond = 記録データの範囲外
report-secs = { $n } 秒
report-mins = { $n } 分
report-hours = { $n } 時間
report-days = { $n } 日

# 変更した操作量
report-control = 操作量
report-as-run = 実際の運転
report-no-changes = 操作量の変更はありません（A、B とも実際の運転どおり）
report-changes-note = 予測期間の平均値です。操作量が動く場合は括弧内に最小値と最大値を示します。

# 信頼性
report-suggestions = 改善に役立つこと

# 制限値
report-channel = チャンネル
report-limit = 制限値
report-level = 値
report-p-a = 超過する確率（A）
report-p-b = 超過する確率（B）
report-minutes-beyond = 超過時間の平均（分）A · B
report-margin = 最小の余裕 A · B
report-minutes-of = 超過時間の平均（分）{ $what }
report-margin-of = 最小の余裕 { $what }
report-limits-note = 確率は制限値を一度でも超える確率で、95 %区間は試行のもとになるモデルの数が少ないことも考慮しています。最小の余裕は、最も悪い試行で制限値までに残る差です。負の値は超過を表します。
report-no-limits = 予測対象のチャンネルに制限値は設定されていません
report-limit-low = 下限
report-limit-high = 上限
report-limit-alarm-low = 下限警報
report-limit-alarm-high = 上限警報
report-limit-trip-low = 下限停止
report-limit-trip-high = 上限停止

# 前提条件
report-what = 項目
report-found = 内容
report-data-range = 記録期間
report-step = 時間刻み
report-rows = ステップ数
report-episodes = 記録の数
report-splits = ステップの用途
report-split-train = 学習用
report-split-val = 検証用（モデル選択）
report-split-test = テスト用（評価のみ）
report-model = モデル
report-draws = 予測の本数
report-draws-of = { $draws } 本（モデル { $members } 個）
report-assumption-note = ラインは記録データと同じように動くと仮定しています。記録の終わりより先の外乱は最後の値を保つものとします。
report-grades = センサーの等級
report-unit = 単位
report-role = 役割
report-grade = 等級
report-missing = 欠測
report-findings = 所見
report-role-control = 操作量
report-role-disturbance = 外乱
report-role-observation = 観測量
report-role-kpi = 指標
report-role-label = ラベル
report-role-ignore = 対象外

# 問題点
report-no-issues = なし
report-more-issues = ほか { $n } 件（データ画面を参照）

# 出所
report-digest-data = データのダイジェスト
report-digest-model = モデルのダイジェスト
report-digest-a = シナリオ A のダイジェスト
report-digest-b = シナリオ B のダイジェスト
report-seed = 乱数シード
report-version = プログラムのバージョン
report-made = 作成日時
report-provenance-note = 同じデータ、モデル、シナリオ、シードからは、同じ種類の装置で同じ数値が再び得られます。

# Workbook
report-proof = 根拠と出所
report-mean-of = { $what } · 平均
report-lower-of = { $what } · 下端（{ $level } %）
report-upper-of = { $what } · 上端（{ $level } %）
report-least-of = { $what } · 最小
report-greatest-of = { $what } · 最大
report-confidence = 区間の水準
report-p-equal = P(差なし)
report-outcome = 判定
report-how = 算出方法
report-sentence = 文章での説明
report-step-number = ステップ
report-time = 時刻（{ $zone }）
report-secs-ahead = 開始からの秒数
report-remark = 備考
report-part = 区分
report-sign = 印
