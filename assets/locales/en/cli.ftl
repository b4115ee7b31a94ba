# What the command line says.
cli-error = error
cli-hint = hint
cli-issue = note
cli-guess = guessed
cli-yes = yes
cli-no = no
cli-same = same
cli-older = earlier

cli-severity-info = note
cli-severity-warning = warning
cli-severity-error = error

cli-channel = channel
cli-role = role
cli-unit = unit
cli-grade = grade
cli-missing = missing
cli-findings = findings
cli-episode = episode
cli-steps = steps
cli-split = used for
cli-inspect-head = { $name }: { $rows } rows read, one step every { $step } s ({ $secs })
cli-inspect-media = { $images } pictures, { $sounds } sound files, { $answers } checklist answers
cli-issues-head = { $n } remarks, { $bad } of them warnings or errors
cli-issues-more = … and { $n } more; --json lists all

cli-tier = family
cli-params = parameters
cli-rmse-norm = RMSE / spread
cli-crps-norm = CRPS / spread
cli-time = time
cli-chosen = answered by
cli-modality = record
cli-used = used
cli-gain = gain
cli-scored = { $tier }: free-run RMSE { $rmse } of the spread on left-out blocks ({ $secs })
cli-train-head = Model { $model } on { $device } ({ $secs })
cli-model = model
cli-age = age
cli-data = data
cli-in-use = in use
cli-no-models = No model yet. Train one with: gemba train { $project }

cli-mean = mean
cli-real = real
cli-run-head = { $name }: { $steps } steps, { $draws } draws
cli-written = Written to { $file }

cli-kpi = KPI
cli-p-better = P(B better)
cli-p-equal = P(no difference)
cli-limit = limit
cli-value = value
cli-compare-head = { $a }  against  { $b } ({ $draws } draws, { $members } members)

cli-check = check
cli-says = says
cli-threshold = threshold
cli-meaning = meaning
cli-judge-head = May this be answered from this log? { $verdict }
cli-verdict-answerable = yes
cli-verdict-partly = partly
cli-verdict-not-from-this-log = not from this log
cli-support = Support along the rollout: { $level }; { $hours } h of similar operation in { $n } stretches.
cli-support-exit = It leaves the data at step { $step } ({ $share } of the horizon).
cli-support-inside = inside the data
cli-support-edge = at the edge of the data
cli-support-outside = outside the data
cli-support-impossible = against a limit

cli-fit = fit
cli-bias = bias
cli-lag = lag
cli-coverage = in 90 % band
cli-skill = skill
cli-gap-head = Model against record on { $split } blocks: { $n } rollouts of up to { $steps } steps, { $warmup } steps given before each

cli-synth-done = { $hours } h of the plant written to { $dir } ({ $secs })
cli-demo-done = Project { $project }, report { $file } ({ $secs })

cli-device = device
cli-usable = usable
cli-why-not = why not
cli-doctor-head = gemba { $version } · tensors on { $chosen } · window by { $renderer } · { $memory } GiB of memory

proof-naive-beaten = Better than carrying the last value on
proof-held-out = Blocks kept away from training
proof-later-data = Scored on data that came later
cli-because = because
proof-naive-beaten-by = { $tier } has a free-run error of { $best } of the spread on left-out blocks, naive { $naive }
proof-held-out-steps = { $steps } steps were kept away from training
proof-later-data-none = no data that came after a sealed prediction have been scored
cli-frames-head = Camera { $lead } steps ahead on { $split }: { $n } pictures, mean structural similarity (1 = the same)
cli-frames-predicted = predicted
cli-frames-held = last picture held
cli-frames-mean = mean picture
