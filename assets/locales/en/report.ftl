# The report on paper
report-kind = Comparison report
report-title = B ({ $b }) compared with A ({ $a })
report-facts = { $data } · from { $start } · { $horizon } ahead
report-stage-pill = Stage { $n } of 3 – { $name }
report-stage-1 = proven on the simulated plant
report-stage-2 = proven on recorded data
report-stage-3 = proven continuously on the line
report-verdict-answerable = This question can be answered from the recorded data
report-verdict-partly = This question can be answered only in part from the recorded data
report-verdict-guarded = This question can be answered from the recorded data, with the reservations below
report-verdict-unasked = Nothing was changed in B, so nothing was asked
report-verdict-not-from-this-log = This question cannot be answered from the recorded data
report-support-inside = The recorded data cover { $side } well: { $hours } h of similar operation in { $campaigns } separate stretches
report-support-edge = { $side } lies at the rim of the recorded data: { $hours } h of similar operation in { $campaigns } separate stretches
report-support-outside = { $side } leaves the recorded data: { $hours } h of similar operation in { $campaigns } separate stretches
report-support-impossible = { $side } goes against a limit of the line: { $hours } h of similar operation in { $campaigns } separate stretches
report-joint = ; { "" }
report-provisional = Provisional: the first, quick model of a training answered. It was not saved, and a full training may correct it.
report-exit = from { $after } on the prediction must not be used

# Sections
report-kpis = KPIs
report-charts = Course over time
report-changes = What is changed
report-trust = May this be believed?
report-limits = Limits of the line
report-stage = Stage of proof
report-assumptions = What the answer rests on
report-issues = Flaws found in the data
report-provenance = Where the numbers come from

# KPIs
report-kpi = KPI
report-a = A
report-b = B
report-delta = Difference B − A
report-interval = { $level } % interval
report-p-better = P(better)
report-real = Really measured
report-better = better
report-worse = worse
report-differs = differs
report-unclear = no clear difference
report-equal = no difference that matters
report-same = the same
report-untold = not judged
report-lower-better = lower is better
report-higher-better = higher is better
report-unknown-better = direction not known
report-reduce-mean = mean of { $channel }
report-reduce-sum = sum of { $channel }
report-reduce-integral = integral of { $channel } over time
report-reduce-min = least { $channel }
report-reduce-max = greatest { $channel }
report-reduce-last = last { $channel }
report-reduce-std = spread of { $channel }
report-reduce-above = minutes with { $channel } above { $level }
report-reduce-below = minutes with { $channel } below { $level }
report-no-kpis = No KPI was asked for
report-kpi-note = A and B were computed with the same random numbers, so that chance cancels in the difference. P(better) is the probability that B is better by more than the smallest difference that matters. ▲ higher, ▼ lower, ≈ too little to matter; “better” and “worse” only where the interval leaves zero out and some of it matters. Where the data do not carry the answer nothing is judged and P(better) is “–”; so it is where it is not known which direction is better (better = "lower" or "higher" in the scenario file says it).

# Charts
report-delta-of = Difference B − A of { $channel }
report-legend-side = { $letter }: { $name } (bands 50 % and 90 %)
report-legend-delta = difference with simultaneous 95 % band
report-beyond = beyond the recorded data
report-secs = { $n } s
report-mins = { $n } min
report-hours = { $n } h
report-days = { $n } d

# What is changed
report-control = Control
report-as-run = As it was run
report-no-changes = No control is changed: A and B are the controls as they were run
report-changes-note = Mean over the horizon; least and greatest value in brackets where the control moves.

# Trust
report-suggestions = What would help

# Limits
report-channel = Channel
report-limit = Limit
report-level = Value
report-p-a = Probability of passing it, A
report-p-b = Probability of passing it, B
report-minutes-beyond = Mean minutes beyond, A · B
report-margin = Worst margin, A · B
report-minutes-of = Mean minutes beyond, { $what }
report-margin-of = Worst margin, { $what }
report-limits-note = Probabilities are of passing the limit at least once, with a 95 % interval that respects how few models of the ensemble the draws come from. The worst margin is what is left to the limit in the worst draw; below zero it is beyond.
report-no-limits = No limits are set on the predicted channels
report-limit-low = lower limit
report-limit-high = upper limit
report-limit-alarm-low = alarm low
report-limit-alarm-high = alarm high
report-limit-trip-low = trip low
report-limit-trip-high = trip high

# Assumptions
report-what = Item
report-found = Value
report-data-range = Recorded data
report-step = Time step
report-rows = Steps
report-episodes = Recordings
report-splits = Use of the steps
report-split-train = training
report-split-val = validation (model choice)
report-split-test = test (scores only)
report-model = Model
report-draws = Futures
report-draws-of = { $draws } draws over { $members } models
report-assumption-note = The line is assumed to behave as it did in the recorded data; disturbances beyond the record keep their last value.
report-grades = Sensors
report-unit = Unit
report-role = Role
report-grade = Grade
report-missing = Missing
report-findings = Findings
report-role-control = control
report-role-disturbance = disturbance
report-role-observation = observation
report-role-kpi = KPI
report-role-label = label
report-role-ignore = left out

# Issues
report-no-issues = None
report-more-issues = and { $n } more, see the Data view

# Provenance
report-digest-data = Digest of the data
report-digest-model = Digest of the model
report-digest-a = Digest of scenario A
report-digest-b = Digest of scenario B
report-seed = Seed
report-version = Program version
report-made = Made
report-provenance-note = The same data, model, scenarios and seed give the same numbers again on the same kind of device.

# Workbook
report-proof = Proof and origin
report-mean-of = { $what } · mean
report-lower-of = { $what } · lower end, { $level } %
report-upper-of = { $what } · upper end, { $level } %
report-least-of = { $what } · least
report-greatest-of = { $what } · greatest
report-confidence = Level of the intervals
report-p-equal = P(no difference)
report-outcome = Outcome
report-how = How it is made
report-sentence = In words
report-step-number = Step
report-time = Time ({ $zone })
report-secs-ahead = Seconds from the start
report-remark = Remark
report-part = Part
report-sign = Sign
