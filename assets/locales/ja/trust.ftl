# trust

verdict-raises-answerable = Bは{ $kpi }を{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }）。改善の確率 { $p }。
verdict-lowers-answerable = Bは{ $kpi }を{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }）。改善の確率 { $p }。
verdict-unclear-answerable = { $kpi }に明確な差はありません：{ $amount }（{ $level } %区間 { $lo } ～ { $hi }）。改善の確率 { $p }。
verdict-raises-answerable-open = Bは{ $kpi }を{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }）。
verdict-lowers-answerable-open = Bは{ $kpi }を{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }）。
verdict-unclear-answerable-open = { $kpi }に明確な差はありません：{ $amount }（{ $level } %区間 { $lo } ～ { $hi }）。
verdict-equal-answerable = { $kpi }はBとAで±{ $delta }以内で同等です（{ $level } %区間 { $lo } ～ { $hi }）。
verdict-same-answerable = { $kpi }についてBはAと変わりません。
verdict-unknown-answerable = { $kpi }の差は約{ $amount }です。試行数が少なく区間を出せません。
verdict-raises-partly = Bは{ $kpi }をおそらく約{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }、改善の確率 { $p }）。ただし、このログで答えられるのは一部のみです。
verdict-lowers-partly = Bは{ $kpi }をおそらく約{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }、改善の確率 { $p }）。ただし、このログで答えられるのは一部のみです。
verdict-raises-partly-open = Bは{ $kpi }をおそらく約{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、このログで答えられるのは一部のみです。
verdict-lowers-partly-open = Bは{ $kpi }をおそらく約{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、このログで答えられるのは一部のみです。
verdict-unclear-partly = { $kpi }に明確な差はなく（{ $level } %区間 { $lo } ～ { $hi }）、このログで答えられるのも一部のみです。
verdict-equal-partly = { $kpi }はBとAでおそらく±{ $delta }以内で同等です。ただし、このログで答えられるのは一部のみです。
verdict-same-partly = { $kpi }についてBはAと変わりません。
verdict-unknown-partly = { $kpi }の差は約{ $amount }かもしれません。試行数が少なく区間を出せず、このログで答えられるのも一部のみです。
verdict-raises-leaving = Bは{ $kpi }を約{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、期間の{ $carried } %を過ぎるとデータの裏付けの外に出ます。
verdict-lowers-leaving = Bは{ $kpi }を約{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、期間の{ $carried } %を過ぎるとデータの裏付けの外に出ます。
verdict-unclear-leaving = { $kpi }に明確な差はなく（{ $level } %区間 { $lo } ～ { $hi }）、期間の{ $carried } %を過ぎるとデータの裏付けの外に出ます。
verdict-equal-leaving = { $kpi }はBとAでおよそ±{ $delta }以内で同等です。ただし、期間の{ $carried } %を過ぎるとデータの裏付けの外に出ます。
verdict-unknown-leaving = { $kpi }の差は約{ $amount }かもしれません。試行数が少なく区間を出せず、期間の{ $carried } %を過ぎるとデータの裏付けの外に出ます。
verdict-raises-doubted = Bは{ $kpi }をおそらく約{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }、改善の確率 { $p }）。ただし、留保があります。
verdict-lowers-doubted = Bは{ $kpi }をおそらく約{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }、改善の確率 { $p }）。ただし、留保があります。
verdict-raises-doubted-open = Bは{ $kpi }をおそらく約{ $amount }上げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、留保があります。
verdict-lowers-doubted-open = Bは{ $kpi }をおそらく約{ $amount }下げます（{ $level } %区間 { $lo } ～ { $hi }）。ただし、留保があります。
verdict-unclear-doubted = { $kpi }に明確な差はありません：{ $amount }（{ $level } %区間 { $lo } ～ { $hi }）。ただし、留保があります。
verdict-equal-doubted = { $kpi }はBとAでおそらく±{ $delta }以内で同等です（{ $level } %区間 { $lo } ～ { $hi }）。ただし、留保があります。
verdict-same-doubted = { $kpi }についてBはAと変わりません。
verdict-unknown-doubted = { $kpi }の差は約{ $amount }かもしれませんが、留保があります。試行数が少なく区間を出せません。
verdict-unlearned = { $kpi }はモデルが学習したデータの中で一度も動いていないため、Bによってどうなるかは分かりません。
verdict-held = どのモデルも{ $kpi }の予測で「直前の値のまま」を上回らないため、Bによってどうなるかは分かりません。
verdict-refused = Bが{ $kpi }に与える影響は、このログでは答えられません。{ $why }
verdict-points = { $value } ポイント
verdict-methods = 差があるかどうか、二つの計算方法で判断が分かれます。

judge-unchanged-answerable = 操作量は変更されていないため、ログで裏付ける必要はありません。
judge-skill-partly = 学習に使わない時間帯では、モデルによる{ $channel }の予測は「直前の値のまま」とした場合を上回りません。
judge-unlearned-partly = { $channel }はモデルが学習したデータの中で一度も動いていないため、操作量の影響は答えられません。
judge-held-partly = どのモデルも{ $channel }の予測で「直前の値のまま」を上回らないため、モデルは操作量によらず{ $channel }を変えません。
judge-bands-partly = { $channel }の帯の幅を実測で確かめたのは開始から{ $measured }分までですが、この問いの期間は{ $minutes }分です。
judge-start-partly = 開始前の{ $minutes }分間は{ $channel }の測定がないため、開始時点の値はモデルの推定です。
judge-levels-partly = { $channel }は値（{ $levels }）ごとに効果が異なります。{ $asked }はそのいずれでもありません。
judge-range-answerable = { $channel }はログの範囲（{ $low } ～ { $high }）の中か、わずかに外れる程度です（範囲外は期間の{ $share } %、平均{ $excess }）。
judge-range-partly = { $channel }は期間の{ $share } %でログの範囲（{ $low } ～ { $high }）を平均{ $excess }外れます。
judge-range-not-from-this-log = { $channel }は期間の{ $share } %でログの範囲（{ $low } ～ { $high }）を平均{ $excess }と大きく外れます。
judge-support-answerable = 操作量と出力の組合せがデータの範囲外となるのは期間の{ $share } %です。
judge-support-partly = 操作量と出力の組合せは期間の{ $share } %でデータの範囲外です（ステップ{ $step }、{ $minutes }分から）。
judge-support-not-from-this-log = { $why ->
        [limit] { $channel }が、必ず守るべき制限値{ $limit }を外れます（ステップ{ $step }、{ $minutes }分）。
       *[data] 操作量と出力の組合せは期間の{ $share } %（ステップ{ $step }から）でデータの範囲外です。ログに似た運転がありません。
    }
judge-length-answerable = { $where ->
        [nearest] 求める値での実績はなく、それに最も近い値で
       *[asked] 求める値の近くで
    }連続{ $minutes }分の運転実績があります（必要 { $needed }分）。
judge-length-partly = { $where ->
        [nearest] 求める値での実績はなく、それに最も近い値
       *[asked] 求める値の近く
    }での運転実績は連続{ $minutes }分だけです（必要 { $needed }分）。
judge-length-not-from-this-log = 求める値の近くでの運転実績がありません（必要 { $needed }分）。
judge-data-answerable = このラインの記憶の長さに対し、データ{ $hours }時間は十分です（必要 { $needed }時間）。
judge-data-partly = このラインの記憶の長さに対し、データ{ $hours }時間は少なめです（必要 { $needed }時間）。
judge-data-not-from-this-log = このラインの記憶の長さに対し、データ{ $hours }時間では足りません（必要 { $needed }時間）。
judge-never-moved-answerable = { $channel }はログの中で{ $span }の幅で動いています。
judge-never-moved-partly = { $channel }はログの中で{ $span }の幅でしか動いていません（求める変更 { $asked }）。
judge-never-moved-not-from-this-log = { $channel }はログの中で動いていません（幅 { $span }、求める変更 { $asked }）。
judge-moves-answerable = { $channel }の独立した動きは、求める大きさで{ $count }回分あります（必要 { $needed }回）。
judge-moves-partly = { $channel }の独立した動きは、求める大きさ{ $asked }で{ $count }回分だけです（必要 { $needed }回）。
judge-moves-not-from-this-log = { $channel }の独立した動きはほとんどありません：求める大きさ{ $asked }で{ $count }回分（必要 { $needed }回）。
judge-feedback-answerable = { $channel }の動きの{ $explained } %は過去の出力で説明でき、残り（{ $rest }）が{ $channel }自身の効果を示します。
judge-feedback-partly = { $channel }の動きの{ $explained } %は過去の出力で説明でき、残りは小さいです（求める{ $asked }に対し{ $rest }）。
judge-feedback-not-from-this-log = { $channel }は過去の出力に追従しているだけです（動きの{ $explained } %、残りは求める{ $asked }に対し{ $rest }）。そのため制御の働きと{ $channel }自身の効果を区別できません。
judge-collinear-answerable = { $channel }は他の入力とは別に動いています（独立した動きの{ $left } %）。
judge-collinear-partly = { $channel }はほとんど他の入力と一緒に動いています（別に動くのは独立した動きの{ $left } %だけ）。
judge-collinear-not-from-this-log = { $channel }は常に他の入力と一緒に動くため（別に動くのは{ $left } %）、それぞれの効果を区別できません。
judge-moved-along-not-from-this-log = { $channel }と{ $others }はログの中で常に連動しており、取り込み時に一方が他方の写しとして除外されています。それぞれの効果を区別できず、答えは両方を一緒に動かした場合のものになります。
judge-loop-partly = { $channel }は記録どおりとしますが、その動きの{ $explained } %は過去の出力に追従し、{ $edited }の変化にも反応します。答えは{ $channel }を記録どおりに動かした場合のもので、制御が働いた場合のものではなく、{ $channel }自身の効果もわずかしか分かっていません。
judge-loop-not-from-this-log = { $channel }は記録どおりとしますが、その動きの{ $explained } %は過去の出力に追従し、{ $edited }の変化にも反応します。{ $channel }が反応しない場合のラインの動きは、ログに一度も現れていません。

limit-below = { $p } % 未満
limit-above = { $p } % 超
limit-share = { $p } %（{ $lo }～{ $hi } %）
limit-untold = { $channel }が{ $value }を外れるかどうかは判断できません。記録の値が{ $end }で頭打ちになっているためです。

suggest-clamp = { $channel }をログの範囲（{ $low } ～ { $high }）で質問してください。
suggest-shorter = ステップ{ $step }（{ $minutes }分）までを見てください。
suggest-step-test = { $channel }を{ $size }ずつ上下に動かし、各値を{ $minutes }分保つ試験を、あらかじめ決めた時刻に{ $repeats }回行{ $split ->
        [apart] い、その時間帯をレシピの split で学習用に指定すれ
       *[enough] え
    }ば、この質問に答えられます。
suggest-step-test-part = { $channel }を{ $size }ずつ上下に動かし、各値を{ $minutes }分保つ試験を、あらかじめ決めた時刻に{ $repeats }回行{ $split ->
        [apart] い、その時間帯をレシピの split で学習用に指定すれ
       *[enough] え
    }ば、±{ $reach }までの変更について答えられます。
suggest-recordings = { $channel }を記録ごとに{ $size }上または下に変えた運転を、あらかじめ無作為に選んだ{ $repeats }件の記録で行えば、この質問に答えられます。
suggest-recordings-part = { $channel }を記録ごとに{ $size }上または下に変えた運転を、あらかじめ無作為に選んだ{ $repeats }件の記録で行えば、±{ $reach }までの変更について答えられます。
suggest-alone = 他の入力を保ったまま、{ $channel }だけを動かす機会を作ってください。
suggest-same-quantity = { $channel }と{ $others }が同じ量の二重の記録であれば、除外された方の役割をデータ画面で「対象外」（レシピでは ignore）と指定してください。
suggest-more-data = 少なくとも{ $hours }時間分を記録してください。

cause-bias = オフセット
evidence-bias = { $channel }：予測 − 実測は全体を通して{ $bias }、二乗誤差の{ $share } %です。
action-bias = センサーのゼロ点と保全記録を確認してください。
cause-drift = ドリフト
evidence-drift = { $channel }：予測 − 実測は初めの{ $begin }から終わりの{ $end }までゆっくり変わり、二乗誤差の{ $share } %です。
action-drift = 別の測定とセンサーを比べてください。センサーが正しければ「60 ステップずつ」でギャップを測り直します。誤差が残れば設備のゆっくりした変化、消えればモデルの誤差です。
cause-new-regime = 新しい運転状態
evidence-new-regime = { $channel }：{ $when }以降の予測 − 実測は{ $after }、それ以前は{ $before }です。
action-new-regime = その日に何が変わったかを調べ、それ以降の記録で学習し直してください。
cause-gain = ゲイン違い
evidence-gain = { $channel }：実測は予測の{ $slope }倍動きます。
action-gain = センサーの目盛りと操作量の動きが十分かを確認してください。どちらも問題なければ、モデル画面でより大きいサイズを選んで学習してください。
cause-clock-offset = 時計のずれ
evidence-clock-offset = { $channel }：全出力と同じく{ $count ->
        [one] 1ステップ
       *[many] { $steps }ステップ
    }（{ $secs }秒）、予測が実測より{ $way ->
        [early] 早い
       *[late] 遅い
    }です。
action-clock-offset = モデルを触る前に、データ源の時計を合わせてください。
cause-dead-time = むだ時間
evidence-dead-time = { $channel }：他の出力と違い{ $count ->
        [one] 1ステップ
       *[many] { $steps }ステップ
    }（{ $secs }秒）、予測が実測より{ $way ->
        [early] 早い
       *[late] 遅い
    }です。
action-dead-time = このセンサーの遅れと記録計の時計を確認してください。どちらも正しければ、モデル画面でより大きいサイズを選んで学習してください。
cause-missing-dynamics = 動特性の不足
evidence-missing-dynamics = { $channel }：残差は{ $input }に{ $count ->
        [none] 遅れなく
        [one] 1ステップ遅れて
       *[many] { $lag }ステップ遅れて
    }追従します（相関 { $rho }）。
action-missing-dynamics = モデル画面でより大きいサイズを選んで学習してください。それでも残る場合、{ $input }と{ $channel }の間に記録されていないものがあります。記録して列として取り込んでください。
cause-time-of-day = 時間帯
evidence-time-of-day = { $channel }：残差は時間帯に従い、振幅{ $amplitude }、{ $zone } { $hour }時に最大です。
action-time-of-day = 外気温または勤務シフトをチャンネルに加えてください。
cause-error-accumulation = 誤差の蓄積
evidence-error-accumulation = { $channel }：誤差は期間の初めの{ $early }から終わりの{ $late }へ増えます。
action-error-accumulation = モデル画面でより大きいサイズを選んで学習し、信頼できる期間に注意してください。
cause-over-adaptation = 過適応
evidence-over-adaptation = { $channel }：誤差は古い区間で{ $old }、新しい区間で{ $new }です。
action-over-adaptation = 古い運転状態も混ぜて学習し直してください。
cause-sensor-stuck = センサーの固着
evidence-sensor-stuck = { $channel }：実測が{ $steps }ステップ動かず、二乗誤差の{ $share } %です。
action-sensor-stuck = センサーを確認し、この行を除いてください。
cause-input-unrecorded = 入力の記録なし
evidence-input-unrecorded = 学習時には記録されていた{ $channel }が、採点した行の{ $share } %で記録されていません。モデルには仮の値を与えたため、この誤差はモデルの良し悪しをほとんど示しません。
action-input-unrecorded = この区間の{ $channel }を入手して取り込み直すか、レシピの split でこの区間をテストから外してください。
cause-sensor-dropped = 測定値の欠落
evidence-sensor-dropped = { $channel }：測定値の{ $share } %が欠けています。
action-sensor-dropped = センサーと配線を確認してください。この間、モデルは見えていません。
cause-below-noise = 直す点なし
evidence-below-noise = { $channel }：誤差{ $rmse }は測定ノイズ{ $noise }を超えていません。
action-below-noise = これ以上はより良いセンサーが必要です。
