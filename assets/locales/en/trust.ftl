# trust

verdict-raises-answerable = B raises { $kpi } by { $amount } ({ $level } % interval { $lo } to { $hi }); chance of improvement { $p }.
verdict-lowers-answerable = B lowers { $kpi } by { $amount } ({ $level } % interval { $lo } to { $hi }); chance of improvement { $p }.
verdict-unclear-answerable = No clear difference in { $kpi }: { $amount } ({ $level } % interval { $lo } to { $hi }); chance of improvement { $p }.
verdict-raises-answerable-open = B raises { $kpi } by { $amount } ({ $level } % interval { $lo } to { $hi }).
verdict-lowers-answerable-open = B lowers { $kpi } by { $amount } ({ $level } % interval { $lo } to { $hi }).
verdict-unclear-answerable-open = No clear difference in { $kpi }: { $amount } ({ $level } % interval { $lo } to { $hi }).
verdict-equal-answerable = B and A are equal in { $kpi } within ±{ $delta } ({ $level } % interval { $lo } to { $hi }).
verdict-same-answerable = B does not differ from A in { $kpi }.
verdict-unknown-answerable = The difference in { $kpi } is about { $amount }; the draws are too few for an interval.
verdict-raises-partly = B probably raises { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }, chance of improvement { $p }), but this log answers the question only partly.
verdict-lowers-partly = B probably lowers { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }, chance of improvement { $p }), but this log answers the question only partly.
verdict-raises-partly-open = B probably raises { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), but this log answers the question only partly.
verdict-lowers-partly-open = B probably lowers { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), but this log answers the question only partly.
verdict-unclear-partly = No clear difference in { $kpi } ({ $level } % interval { $lo } to { $hi }), and this log answers the question only partly.
verdict-equal-partly = B and A are probably equal in { $kpi } within ±{ $delta }, but this log answers the question only partly.
verdict-same-partly = B does not differ from A in { $kpi }.
verdict-unknown-partly = The difference in { $kpi } may be about { $amount }; the draws are too few for an interval, and this log answers the question only partly.
verdict-raises-leaving = B raises { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), but what the data support ends after { $carried } % of the time.
verdict-lowers-leaving = B lowers { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), but what the data support ends after { $carried } % of the time.
verdict-unclear-leaving = No clear difference in { $kpi } ({ $level } % interval { $lo } to { $hi }), and what the data support ends after { $carried } % of the time.
verdict-equal-leaving = B and A are about equal in { $kpi } within ±{ $delta }, but what the data support ends after { $carried } % of the time.
verdict-unknown-leaving = The difference in { $kpi } may be about { $amount }; the draws are too few for an interval, and what the data support ends after { $carried } % of the time.
verdict-raises-doubted = B probably raises { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }, chance of improvement { $p }), with reservations.
verdict-lowers-doubted = B probably lowers { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }, chance of improvement { $p }), with reservations.
verdict-raises-doubted-open = B probably raises { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), with reservations.
verdict-lowers-doubted-open = B probably lowers { $kpi } by about { $amount } ({ $level } % interval { $lo } to { $hi }), with reservations.
verdict-unclear-doubted = No clear difference in { $kpi }: { $amount } ({ $level } % interval { $lo } to { $hi }), with reservations.
verdict-equal-doubted = B and A are probably equal in { $kpi } within ±{ $delta } ({ $level } % interval { $lo } to { $hi }), with reservations.
verdict-same-doubted = B does not differ from A in { $kpi }.
verdict-unknown-doubted = The difference in { $kpi } may be about { $amount }, with reservations; the draws are too few for an interval.
verdict-unlearned = What B does to { $kpi } cannot be told: it never moved in what the model learned.
verdict-held = What B does to { $kpi } cannot be told: no model foretells it better than its last value carried on.
verdict-refused = This log cannot answer what B does to { $kpi }. { $why }
verdict-points = { $value } points
verdict-methods = {" "}Two methods disagree on whether the difference is real.

judge-unchanged-answerable = No control is changed, so the log has nothing to prove.
judge-skill-partly = On left-out hours the model foretells { $channel } no better than its last value carried on.
judge-unlearned-partly = { $channel } never moved in what the model learned, so the model cannot say what a control does to it.
judge-held-partly = No family of models foretells { $channel } better than its last value, so the model keeps it where it is whatever the controls do.
judge-bands-partly = The bands of { $channel } are measured up to { $measured } min after the start; this question goes on for { $minutes } min.
judge-start-partly = { $channel } was not read in the last { $minutes } min before the start, so where it stands there is the model's guess.
judge-levels-partly = { $channel } acts at each of its levels ({ $levels }) in its own way; { $asked } is none of them.
judge-range-answerable = { $channel } keeps to what the log has seen ({ $low } to { $high }) or goes a small step beyond it (for { $share } % of the horizon, by { $excess } on average).
judge-range-partly = { $channel } is outside what the log has seen ({ $low } to { $high }) for { $share } % of the horizon, by { $excess } on average.
judge-range-not-from-this-log = { $channel } is far outside what the log has seen ({ $low } to { $high }) for { $share } % of the horizon, by { $excess } on average.
judge-support-answerable = Controls and outputs together lie outside the data for { $share } % of the horizon.
judge-support-partly = Controls and outputs together lie outside the data for { $share } % of the horizon, from step { $step } ({ $minutes } min) on.
judge-support-not-from-this-log = { $why ->
        [limit] { $channel } passes { $limit }, a limit that the line must not pass (step { $step }, { $minutes } min).
       *[data] Controls and outputs together lie outside the data for { $share } % of the horizon, from step { $step } on; the log holds nothing like it.
    }
judge-length-answerable = The line was run { $where ->
        [nearest] at what it has seen nearest to the asked values, which it never had,
       *[asked] near the asked values
    } for { $minutes } min in one stretch ({ $needed } min are needed).
judge-length-partly = The line was run { $where ->
        [nearest] at what it has seen nearest to the asked values, which it never had,
       *[asked] near the asked values
    } for only { $minutes } min in one stretch ({ $needed } min are needed).
judge-length-not-from-this-log = The line was never run near the asked values ({ $needed } min are needed).
judge-data-answerable = { $hours } h of data are enough for a line that remembers as long as this one ({ $needed } h are needed).
judge-data-partly = { $hours } h of data are few for a line that remembers as long as this one ({ $needed } h are needed).
judge-data-not-from-this-log = { $hours } h of data are too few for a line that remembers as long as this one ({ $needed } h are needed).
judge-never-moved-answerable = { $channel } moved over { $span } in the log.
judge-never-moved-partly = { $channel } moved over only { $span } in the log; asked are { $asked }.
judge-never-moved-not-from-this-log = { $channel } never moved in the log (span { $span }); asked are { $asked }.
judge-moves-answerable = { $channel } made moves of its own worth { $count } of the asked size ({ $needed } are needed).
judge-moves-partly = { $channel } made moves of its own worth only { $count } of the asked size of { $asked } ({ $needed } are needed).
judge-moves-not-from-this-log = { $channel } made hardly a move of its own: worth { $count } of the asked size of { $asked } ({ $needed } are needed).
judge-feedback-answerable = Past outputs explain { $explained } % of the moves of { $channel }; the rest ({ $rest }) shows what it does by itself.
judge-feedback-partly = Past outputs explain { $explained } % of the moves of { $channel }; the rest is small ({ $rest } against the asked { $asked }).
judge-feedback-not-from-this-log = { $channel } only follows past outputs ({ $explained } % of its moves; the rest is { $rest } against the asked { $asked }), so its own effect cannot be told from the controller's.
judge-collinear-answerable = { $channel } moves apart from the other inputs ({ $left } % of its own moves).
judge-collinear-partly = { $channel } mostly moves together with other inputs (apart from them only { $left } % of its own moves).
judge-collinear-not-from-this-log = { $channel } always moves together with other inputs (apart from them { $left } % of its own moves), so its own effect cannot be told from theirs.
judge-moved-along-not-from-this-log = { $channel } and { $others } always moved together in the log, and import left one out as a copy of the other; what each does cannot be told apart, an answer would be for both together.
judge-loop-partly = { $channel } is left as recorded here, but { $explained } % of its moves follow past outputs and it answers { $edited }: the answer holds only with { $channel } as recorded, not for the loop, and its own part in it is known little.
judge-loop-not-from-this-log = { $channel } is left as recorded here, but { $explained } % of its moves follow past outputs and it answers { $edited }: how the line goes when { $channel } does not answer was never seen.

limit-below = below { $p } %
limit-above = above { $p } %
limit-share = { $p } % ({ $lo }–{ $hi } %)
limit-untold = Whether { $channel } passes { $value } cannot be told: its record rests at { $end }.

suggest-clamp = Ask for { $channel } between { $low } and { $high }, which the log covers.
suggest-shorter = Look no further than step { $step } ({ $minutes } min).
suggest-step-test = Move { $channel } up and down by { $size }, hold each value for { $minutes } min, { $repeats } times, at moments chosen beforehand{ $split ->
        [apart] , and name these hours as training in the recipe (split)
       *[enough] {""}
    }; then this question can be answered.
suggest-step-test-part = Move { $channel } up and down by { $size }, hold each value for { $minutes } min, { $repeats } times, at moments chosen beforehand{ $split ->
        [apart] , and name these hours as training in the recipe (split)
       *[enough] {""}
    }; then a change of up to ±{ $reach } can be answered.
suggest-recordings = Set { $channel } up or down by { $size } for whole recordings, { $repeats } of them, chosen beforehand by chance; then this question can be answered.
suggest-recordings-part = Set { $channel } up or down by { $size } for whole recordings, { $repeats } of them, chosen beforehand by chance; then a change of up to ±{ $reach } can be answered.
suggest-alone = Move { $channel } by itself at some moments, with the other inputs held.
suggest-same-quantity = If { $channel } and { $others } are one quantity recorded twice, say so: set the role of the left-out one yourself (Data view: Left out; recipe: ignore).
suggest-more-data = Record at least { $hours } h.

cause-bias = Offset
evidence-bias = { $channel }: predicted − measured is { $bias } throughout, { $share } % of the squared error.
action-bias = Check the sensor's zero and the maintenance log.
cause-drift = Drift
evidence-drift = { $channel }: predicted − measured moves slowly from { $begin } at the begin to { $end } at the end, { $share } % of the squared error.
action-drift = Check the sensor against a second measurement. If it reads right, measure the gap in rollouts of 60 steps: an error that stays is a slow change of the line, one that goes is the model's.
cause-new-regime = New regime
evidence-new-regime = { $channel }: since { $when } predicted − measured is { $after }; before it was { $before }.
action-new-regime = Find what changed on that date, and train on the records since then.
cause-gain = Wrong gain
evidence-gain = { $channel }: the measured signal moves { $slope } times as much as predicted.
action-gain = Check the sensor's scale and whether the controls were moved enough; if both are so, train with a larger size (Model view).
cause-clock-offset = Clock offset
evidence-clock-offset = { $channel }: by { $count ->
        [one] 1 step
       *[many] { $steps } steps
    } ({ $secs } s), as on all outputs, the prediction is { $way ->
        [early] early
       *[late] late
    }.
action-clock-offset = Align the clocks of the sources before touching the model.
cause-dead-time = Dead time
evidence-dead-time = { $channel }: by { $count ->
        [one] 1 step
       *[many] { $steps } steps
    } ({ $secs } s), other than on other outputs, the prediction is { $way ->
        [early] early
       *[late] late
    }.
action-dead-time = Check this sensor's delay and its logger's clock; if both are right, train with a larger size (Model view).
cause-missing-dynamics = Missing dynamics
evidence-missing-dynamics = { $channel }: the residual follows { $input } { $count ->
        [none] at once
        [one] 1 step later
       *[many] { $lag } steps later
    } (correlation { $rho }).
action-missing-dynamics = Train with a larger size (Model view). If this stays, something between { $input } and { $channel } is not recorded: record it and import it as a column.
cause-time-of-day = Time of day
evidence-time-of-day = { $channel }: the residual follows the time of day with an amplitude of { $amplitude }, highest at { $hour } h { $zone }.
action-time-of-day = Add the ambient temperature or the shift as a channel.
cause-error-accumulation = Errors add up
evidence-error-accumulation = { $channel }: the error grows from { $early } at the begin to { $late } at the end of the horizon.
action-error-accumulation = Train with a larger size (Model view) and mind the horizon of trust.
cause-over-adaptation = Over-adaptation
evidence-over-adaptation = { $channel }: the error is { $old } on older and { $new } on newer stretches.
action-over-adaptation = Train again with the older regimes in the mix.
cause-sensor-stuck = Stuck sensor
evidence-sensor-stuck = { $channel }: the measurement stands still for { $steps } steps, { $share } % of the squared error.
action-sensor-stuck = Check the sensor; leave these rows out.
cause-input-unrecorded = Input not recorded
evidence-input-unrecorded = { $channel } was not recorded for { $share } % of the scored rows, though it was when the model learned: the model was given an assumed value there, so these errors say little about it.
action-input-unrecorded = Find { $channel } for these rows and import them again, or keep these rows out of the test (split in the recipe).
cause-sensor-dropped = Missing measurements
evidence-sensor-dropped = { $channel }: { $share } % of the measurements are missing.
action-sensor-dropped = Check sensor and cable; the model flies blind in these rows.
cause-below-noise = Nothing to fix
evidence-below-noise = { $channel }: the error of { $rmse } is not above the measurement noise of { $noise }.
action-below-noise = Only a better sensor can show more.
