# error: what stops a use case; hint: the next step; detail: a part of either. The English is the
# same as the program's own (a test holds it).

## Base
error-file =
    could not { $action }
    { "  " }{ $path }
hint-file = check that the path is right and may be read
error-file-full =
    could not { $action }
    { "  " }{ $path }
hint-file-full = free some space and try again; nothing was changed
error-file-read-only =
    could not { $action }
    { "  " }{ $path }
hint-file-read-only = choose a place that may be written, or change its permissions
detail-open-the-file = open the file
detail-read-the-file = read the file
detail-read-the-file-as-utf-8 = read the file as UTF-8
detail-make-the-folder = make the folder
detail-write-the-file = write the file
detail-make-the-folder-durable = make the folder durable
detail-read-the-folder = read the folder
detail-list-the-folder = list the folder
detail-open-the-lock = open the lock
detail-lock-the-project = lock the project
detail-look-at = look at
detail-look-into-the-folder = look into the folder
detail-remove-what-an-earlier-run-wrote = remove what an earlier run wrote
error-io = { $words }
error-io-not-found = there is no such file or folder
error-io-permission = permission was refused
error-io-exists = it is there already
error-io-full = the disk is full
error-io-read-only = the disk may only be read
error-io-not-a-folder = a part of the path is no folder
error-io-a-folder = it is a folder
error-io-bad-bytes = its bytes are not what they should be ({ $words })
error-io-not-a-file = it is no regular file
error-stopped = stopped on request
detail-picture-bytes = { $bytes } bytes, at most { $most } are read
detail-picture-pixels = { $width }×{ $height } pixels, at most { $most } are read
detail-media-broken = broken, or of a kind that is not read: { $words }
detail-no-sound-track = no sound track
detail-no-sample-rate = no sample rate
detail-no-sample = no sample
detail-decoder-gave-up = the decoder gave up
detail-none = none
detail-missing-field = missing field { $what }
detail-unknown-field = unknown field { $what }
detail-unknown-word = unknown variant { $what }
detail-wrong-type = invalid type: { $what }
detail-wrong-value = invalid value: { $what }
detail-twice = { $what } a second time
detail-kind-string = string { $value }
detail-kind-integer = integer { $value }
detail-kind-float = floating point { $value }
detail-kind-boolean = boolean { $value }
detail-kind-list = a list
detail-a-table = a table
detail-a-boolean = true or false
detail-found-expected = { $found }; expected { $expected }
detail-toml-once = it only once
detail-toml-rest = something more in the line
detail-toml-line-end = the end of the line
detail-toml-unquoted = words without quotes
detail-toml-quoted = words in quotes "…", true or false
detail-toml-string = a string that is wrong or does not end
detail-toml-escape = a \ before a letter that it does not fit
detail-toml-escapes = \\ for \, or '…' as quotes
detail-toml-no-value = a name without = and a value
detail-toml-assigned = name = value
detail-toml-open-head = a head that does not end
detail-toml-open-list = a list that does not end
detail-toml-open-table = braces that do not end
detail-toml-comma = no comma between two values
detail-toml-extra = a comma or = too many
detail-toml-key = a name of other letters
detail-toml-keys = letters a to z, digits, - and _, or a name in quotes
detail-toml-number = a number that is wrongly written
detail-toml-numbers = a number such as 12 or 0.5
detail-toml-date = a date or time that is wrongly written
detail-toml-dates = one in quotes such as "2026-01-05T10:00:00Z"
detail-toml-extend = a table where a value stood before
detail-toml-other = { $what }

## Data
error-data-plan = a control plan needs { $steps } finite values for each of its { $channels } channels
error-data-episode = episode { $episode } has { $found } values in column { $column } where { $expected } are expected
error-data-same-name = two channels are called { $name }
error-data-step = the step must be longer than 0 s, found { $found } s
error-data-span = the { $split } span { $start }..{ $end } lies outside episode { $episode }
hint-data-plan = correct the recipe or the files and import again
hint-data-episode = correct the recipe or the files and import again
hint-data-same-name = correct the recipe or the files and import again
hint-data-step = correct the recipe or the files and import again
hint-data-span = correct the recipe or the files and import again

## Import
error-import-no-source = no file or folder was given to import
hint-import-no-source = name an existing file or folder
error-import-missing =
    there is no such file or folder
    { "  " }{ $path }
hint-import-missing = name an existing file or folder
error-import-folder =
    found a folder where a file is expected
    { "  " }{ $path }
hint-import-folder = name one of its files
error-import-not-a-file =
    found a pipe or device where a file or folder is expected
    { "  " }{ $path }
hint-import-not-a-file = save the stream to a file first and import that
error-import-empty =
    the file is empty
    { "  " }{ $path }
hint-import-empty = export the log again; nothing was written into this file
error-import-nothing =
    found { $files } files but no readable table of sensor values
    { "  " }{ $path }
hint-import-nothing = a table needs rows of numbers separated by comma, semicolon, tab or blanks; save spreadsheets as CSV
error-import-nothing-why =
    found { $files } files but no readable table of sensor values ({ $why })
    { "  " }{ $path }
hint-import-nothing-why = a table needs rows of numbers separated by comma, semicolon, tab or blanks; save spreadsheets as CSV
error-import-few-rows = { $file } has { $found } usable rows, at least { $expected } are expected
hint-import-few-rows = export a longer stretch of time
error-import-no-output = no column of { $file } can be predicted: { $columns } columns, none is an observation that changes
hint-import-no-output = give a recipe with role = "observation" for the column to predict
error-import-recipe = { $file }, line { $line }: { $problem }
hint-import-recipe = correct the recipe, or import without one to have it guessed
error-import-setting = nothing of { $file } can be read under this setting: { $setting }
hint-import-setting = choose another value, or let it be found
detail-setting-delimiter = the delimiter
detail-setting-decimal = the decimal mark
detail-setting-header-rows = the number of header lines
detail-setting-time = the time setting
detail-setting-channels = a channel’s setting
detail-why-told = as it was set
detail-why-ascii = only plain Latin letters, which are the same in every encoding
detail-why-utf8 = its letters are valid UTF-8
detail-why-letters = it spells words in { $encoding } and not in UTF-8
detail-why-delimiter = { $fit } of { $rows } rows have { $cells } cells with it
detail-why-decimal = { $point } numbers with a point, { $comma } with a comma
detail-why-no-header = line { $line } holds values already
detail-why-header = words stand above the values, which begin in line { $line }
detail-why-counted = no column tells the time; rows are taken as { $secs } s apart
detail-why-stamps = “{ $written }” is read as { $read }
detail-why-growing = the numbers of { $column } grow from row to row
error-import-no-place = found { $files } files called { $file } among the sources, expected one
hint-import-no-place = put the files back where they were imported from, each with a name of its own
error-import-stopped = the import was stopped; nothing was kept
detail-file-empty = { $file } is empty
detail-file-no-table = { $file } holds no table of numbers
detail-gzip-cut = the gzip stream breaks off or is damaged; copy the file again
detail-zstd-cut = the Zstandard stream breaks off or is damaged; copy the file again
detail-unpack-bomb = { $packed } bytes unpack to { $unpacked } or more, expected at most { $most }; unpack it by hand if it can be trusted
detail-zip-no-list = the ZIP has no readable list of contents; copy the file again
detail-zip-part = a part of the ZIP is damaged and cannot be unpacked; copy the file again
detail-zip-lies = a part of the ZIP declares { $size } bytes and holds more; such files are not read
detail-workbook = it is no workbook that can be read ({ $error }); save it again as .xlsx or CSV
detail-sheet = sheet "{ $name }" cannot be read to its end ({ $error })
detail-sheet-wide = sheet "{ $name }" has a cell in column { $column }, expected at most { $most }
detail-packed-once-more = it is packed once more, expected the bare file; unpack it
detail-packed-twice = it is packed twice, which is not read; unpack it once
detail-old-excel = it is an old .xls workbook, expected .xlsx; save it as .xlsx or CSV
detail-reader-gave-up = it is broken: the reader gave up; export it again
detail-cells-full = its cells are more than { $most } bytes of text, expected less; export a shorter stretch of time
detail-json-large = it has { $bytes } bytes of JSON, expected at most { $most }; save it as CSV or Parquet
detail-database = the database cannot be read ({ $error })
detail-database-tables = it has { $found } tables, expected at most { $most }; export the table of the log
detail-database-table = table { $table } cannot be read ({ $error })
detail-path-not-unicode = its path is no Unicode text; move it to another folder
detail-no-flat-column = it has no flat column; export plain columns
detail-parquet = it is no Parquet file that can be read ({ $error })
detail-parquet-rows = its rows cannot be read ({ $error })
detail-parquet-cut = it breaks off at row { $row } ({ $error }); write it again without compression, or with snappy or gzip
detail-parquet-large = it declares { $rows } rows of { $columns } columns and { $bytes } bytes, expected at most { $most }; export a shorter stretch of time
detail-feather-first = it is a Feather file of the first version, expected the second; write it again with version=2
detail-arrow-broken = it is no whole Arrow file ({ $cause }); copy or export it again
detail-arrow-no-end = its end is missing
detail-arrow-cut = it breaks off
detail-arrow-list-long = its list of parts declares { $declared } bytes, the file has { $bytes }
detail-arrow-list-empty = its list of parts is empty
detail-arrow-no-columns = its first part names no columns
detail-arrow-part-outside = a part lies outside the file
detail-arrow-parts-overlap = its parts lie over each other
detail-arrow-part-empty = a part holds no rows
detail-arrow-below-nothing = a column declares a length below nothing
detail-arrow-column-outside = a column lies outside its part
detail-arrow-columns-overlap = its columns lie over each other
detail-arrow-no-length = a packed column declares no length
detail-arrow-packed-lies = a packed column declares { $declared } bytes and holds { $found }
detail-arrow-no-room = { $rows } rows do not fit into { $bytes } bytes
detail-arrow-byte-order = its numbers have their bytes in the other order; write it again on this machine, or as Parquet
detail-arrow-zstd = it is packed with Zstandard inside, expected LZ4 or none; write it again with compression="lz4" or "uncompressed"
detail-arrow-large = it declares { $rows } rows of { $columns } columns, expected at most { $most } cells; export a shorter stretch of time
detail-arrow-unpacked = it declares more than { $most } bytes of unpacked columns, expected less; export a shorter stretch of time
detail-file-why = { $file }: { $why }
detail-recipe-format = found format { $found }, expected { $expected }
detail-recipe-version = found version { $found }, this program reads up to { $known }
detail-recipe-step = step_secs must be longer than 0 s, found { $found }
detail-recipe-same-name = two channels are called { $name }
detail-recipe-limits = the lower limit { $low } of channel { $channel } is above { $high }
detail-recipe-time-forms = found several of column, columns and step_secs in [time], expected one
detail-recipe-time-format = no row of { $file } has a time of the format { $format }
detail-recipe-same-source = two channels come from column { $column }
detail-recipe-role = found role { $found } for channel { $channel }, expected one of { $known }
detail-recipe-layout = found { $found }, expected one of { $known }
detail-recipe-order = units, order or layout of the columns differ
detail-recipe-zone = found zone { $found }, expected one such as "Asia/Tokyo" ({ $why })
detail-recipe-column = found no column { $column } in the files, expected one of { $known }
detail-recipe-start = found start { $found }, expected a time such as "2026-01-05T08:00:00Z"
detail-block-form = a block of [split] in another form
detail-block-forms = "file.csv", [0, 1024] or ["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"]
detail-recipe-block = the { $split } block { $block } meets no step
detail-recipe-overlap = the blocks of { $left } and { $right } overlap
detail-year-first = year-first
detail-day-first = day-first
detail-month-first = month-first

## Store
error-store-not-a-project =
    this is no Gemba project: { $found }
    { "  " }{ $path }
hint-store-not-a-project = name a folder that ends in .gemba, or make one with `gemba import`
error-store-newer =
    the project has format version { $found }, this program knows versions up to { $known }
    { "  " }{ $path }
hint-store-newer = open it with a newer version of Gemba; nothing was changed
error-store-read-only =
    the project is open for reading only
    { "  " }{ $path }
hint-store-read-only = close the other window that has it open, or copy the folder to a place that can be written
error-store-no-model = there is no model { $id }, found { $known }
hint-store-no-model = choose one of `gemba models`
error-store-no-form = the { $what } cannot be written: { $found }
error-store-damaged =
    a file of the project is damaged: { $found }
    { "  " }{ $path }
hint-store-damaged = import the sources again, or copy the file from a backup of the project folder
error-store-damaged-index =
    the project's index is damaged: { $found }
    { "  " }{ $path }
hint-store-damaged-index = copy project.sqlite from a backup, or import the sources into a new project
error-store-no-whole-model =
    none of the { $count } saved models is whole
    { "  " }{ $path }
hint-store-no-whole-model = train again with `gemba train`
error-store-full =
    the disk is full
    { "  " }{ $path }
hint-store-full = free space or save elsewhere; the last save is untouched
error-store-index =
    the project's index could not be read or written
    { "  " }{ $path }
hint-store-index = check that the folder can be read and written, or copy it elsewhere and open the copy
detail-nothing-there = there is nothing of this name
detail-a-file = it is a file, a project is a folder
detail-no-index = the folder holds no project.sqlite
detail-other-files = the folder holds other files and no project.sqlite
detail-empty-index = its project.sqlite is empty
detail-foreign-index = its project.sqlite belongs to another program
detail-empty-with-data = it is empty, the folder holds data
detail-old-version = version { $version }, expected 1 or more
detail-missing = it is missing
detail-wrong-digest = its bytes do not fit its digest
detail-wrong-seal = its rows do not fit their digest

## Scenario
error-scenario-head = { $place }: { $found }; expected { $expected }
hint-scenario-head = start the file with format = "gemba-scenario" and version = 1
error-scenario-line = { $place }: { $found }; expected { $expected }
hint-scenario-line = correct line { $line } of the scenario file
error-scenario-version = { $place }: the scenario file has version { $found }, this program reads up to { $known }
hint-scenario-version = open it with the newer program, or write the scenario anew
error-scenario-channel = { $place }: there is no channel { $channel }; the nearest names are { $nearest }; the controls are { $controls }
hint-scenario-channel = did you mean { $first }?
error-scenario-not-a-control = { $place }: channel { $channel } is of role { $role }, only controls can be edited; they are { $controls }
hint-scenario-not-a-control = edit a control, or give the channel the role control in the recipe
error-scenario-limit = { $place }: { $channel } would be { $found } at step { $step } after the start; expected { $expected }
hint-scenario-limit = choose a value inside the limits, or correct them in the recipe
error-scenario-range = { $place }: { $found }; expected { $expected }
hint-scenario-range = give from_step < to_step inside the horizon, counted from the start
error-scenario-start = { $place }: { $found }; expected { $expected }
hint-scenario-start = choose an episode and a step that are in the data, or leave [start] out
error-scenario-same-kpi = { $place }: a second kpi called { $name }; expected a name of its own for each
hint-scenario-same-kpi = write name = "…" into each [[kpi]], each another one
error-scenario-kpi = { $place }, kpi { $kpi }: { $channel } is { $role }; the outputs, nearest name first, are { $outputs }
hint-scenario-kpi = did you mean { $first }?
detail-scenario = scenario
detail-line = { $file }, line { $line }
detail-no-channel = no channel
detail-not-predicted = of role { $role } and is not predicted
detail-scenario-head = format = "gemba-scenario" and version = 1
detail-scenario-form = channel and op in every [[edit]], channel and better in every [[kpi]]
detail-horizon = a horizon of { $steps } steps
detail-steps-up-to = 1 to { $most } steps
detail-at-and-step = both at and step
detail-only-one = only one of them
detail-zoned-time = a time with its zone such as "2026-01-05T10:00:00+09:00"
detail-one-step = at least 1 step
detail-op-without-value = op { $op } without value
detail-op-with-value = op { $op } with value
detail-a-value = a value
detail-no-value = no value
detail-op-points = op { $op } with { $n } points
detail-points-with-schedule = points = [[step, value], ...] with op "schedule" and only there
detail-points-order = points out of order
detail-steps-grow = steps that grow
detail-steps = steps { $from } to { $to }
detail-to-after-from = to_step greater than from_step
detail-level-beside = level, in the channel's unit, beside it
detail-one-of = one of { $names }
detail-reduce-with-level = reduce = { $reduce } with level
detail-no-level = no level
detail-kpi-numbers = a kpi with a wrong level or delta
detail-kpi-numbers-wanted = a finite level, and a delta of 0 or more
detail-a-number = a number
detail-a-whole-number = a whole number
detail-a-count = a whole number, 0 or more
detail-a-point = a point [step, value]
detail-a-list = a list, or tables with heads in [[…]]
detail-list-of-edits = a list: head its tables [[edit]] or [[kpi]]
detail-a-string = a string
detail-no-control-value = control { $control } has no value in episode { $episode }
detail-recorded-controls = an episode in which every control was recorded
detail-edit-steps = an edit of { $channel } in steps { $from } to { $to }
detail-inside-horizon = from_step < to_step and from_step < { $horizon }, the horizon
detail-schedule-from = a schedule of { $channel } from step { $from } on
detail-first-point = a first point in steps 0 to { $last }, where the edit ends
detail-finite = a finite number
detail-at-least = at least { $bound } { $unit }, the limit { $limit }
detail-at-most = at most { $bound } { $unit }, the limit { $limit }
detail-start-step = a start at step { $step } of episode { $episode }
detail-start-steps = a step from 1 to { $most }, so that one measured step lies before it
detail-start-at = a start at { $at }
detail-step-no-clock = a step, since the data have no clock
detail-no-rows = a dataset without rows
detail-an-episode = an episode to start from
detail-no-episode = no episode { $name }
detail-episodes = "latest" or one such as { $near }
detail-start-outside = a start at { $at }, outside the record
detail-start-gap = a start at { $at }, between two recordings
detail-start-between = a time in episode { $earlier } up to { $to }, or in { $later } from { $from } on
detail-start-times = a time in episode { $episode } from { $from } to { $to }
detail-controls-horizon = controls that do not fit the horizon

## Model
error-model-data = the dataset does not hold together
hint-model-data = import the files again
error-model-few-rows = training needs at least { $needed } steps in train and val blocks, found { $found } usable ones
hint-model-few-rows = add recordings, shorten the grid's step, or give more of the record to train
error-model-short-pieces = { $steps } steps stand in pieces of fewer than { $piece } steps between gaps, too short to learn from
hint-model-short-pieces = choose a longer step of the grid, which closes gaps, or record without gaps
error-model-no-output = no channel of dataset { $dataset } has the role observation or kpi
hint-model-no-output = give at least one channel the role observation or kpi
error-model-nothing-moves = no observation or kpi of dataset { $dataset } ever changes in train and val blocks
hint-model-nothing-moves = record a time in which the line changes
error-model-channel = dataset { $dataset } has no channel { $channel }, which the model needs
hint-model-channel = train a model on this dataset, or rename the channel
error-model-time-step = the model learned on a time step of { $expected } s, the data have one of { $found } s: what it knows of a step is not true here
hint-model-time-step = train again with `gemba train`, or import with the step that it learned on
error-model-start = a rollout from step { $start } of episode { $episode } with { $context } measured steps before it does not fit: the episode has { $steps } steps
hint-model-start = choose a later start or fewer context steps
error-model-plan = the control plan has { $found } steps where the rollout has { $expected }
hint-model-plan = give one value for each step of the horizon
error-model-tier = the model has no candidate { $tier }
hint-model-tier = ask for a candidate that `gemba models` lists
error-model-device = device { $quoted } cannot be used: { $why }
hint-model-device = use --device cpu
error-model-device-build = device { $quoted } cannot be used: { $why }
hint-model-device-build = build with --features { $device }, or use --device cpu
error-model-number = training gave a number that is not finite in { $term } at step { $step }
hint-model-number = look at the channel's values around the place, or leave the channel out
error-model-damaged = the model file is damaged: { $what } is { $found }, expected { $expected }
hint-model-damaged = use the previous model, or train again
error-model-newer = the model file has version { $found }; this program reads up to version { $known }
hint-model-newer = install the newer program, or train again with this one
error-model-other-run = the training state belongs to other { $what }: found { $found }, expected { $expected }
hint-model-other-run = train without --resume
error-model-tensor = a tensor operation was refused
hint-model-tensor = try --device cpu
error-model-thread = a worker thread could not be used: { $why }
detail-no-device-support = this build has no { $device } support

## The built-in plant
error-synth-plant = there is no plant { $found }; expected { $allowed }
hint-synth-plant = use gemba synth { $plant }
error-synth-hours = a plant cannot run for { $found } hours; expected one minute to { $most } hours
hint-synth-hours = use for example --hours 48
error-synth-fault = the fault { $fault } has { $found }; expected { $expected }
hint-synth-fault = use for example --fault stuck:tank_level@3h+2h
error-synth-not-empty =
    the folder already holds files that no plant wrote
    { "  " }{ $path }
hint-synth-not-empty = choose a new or empty folder with --out
error-synth-truth =
    { $found }; expected { $expected }
    { "  " }{ $path }
hint-synth-truth = give the folder that gemba synth wrote, or write it anew
error-synth-picture =
    could not encode a picture
    { "  " }{ $path }
error-synth-stopped = the plant was stopped; the folder is as it was before
hint-synth-stopped = run gemba synth again to the end
detail-fault-form = another form
detail-fault-forms = kind:channel@start+duration or kind:channel@start+duration*size
detail-fault-kind = the kind { $kind }
detail-fault-channel = the channel { $channel }
detail-fault-time = the time { $time }
detail-fault-times = a number with d, h, m or s such as 3h or 30m
detail-fault-start = the start { $time }
detail-fault-starts = a start from 0h to less than { $hours }h, where the log ends
detail-fault-duration = the duration { $time }
detail-fault-durations = at least { $secs } s
detail-fault-size = a wrong size
detail-no-json = no JSON: { $why }
detail-truth = what gemba synth wrote
detail-truth-version = version 1, the newest that this program reads
detail-truth-part = an incomplete spec
detail-truth-spec = plant, hours, excitation, faults and seed

## Use cases
error-source-gone =
    an earlier source is no longer there: appending reads it again, and its rows would be lost
      { $path }
hint-source-gone = put the file back where it was, or import all files that are to be kept, without --append
error-source-changed =
    an earlier source is no longer what was imported: { $rows } rows from { $from } to { $to } would be lost
      { $path }
hint-source-changed = give each export a name of its own and append the new one, or import all files that are to be kept, without --append
error-source-replaced =
    an earlier source is no longer what was imported, and no clock tells whether its rows are still there
      { $path }
hint-source-replaced = give each export a name of its own and append the new one, or import all files that are to be kept, without --append
error-no-recipe = the project remembers no recipe { $id }
hint-no-recipe = list them: gemba recipes P
error-no-data =
    the project holds no data yet
    { "  " }{ $path }
hint-no-data = import files first: gemba import FILES --project { $path }
error-no-model =
    the project holds no usable model
    { "  " }{ $path }
hint-no-model = train one first: gemba train { $path }
error-no-usable-model =
    the project holds no usable model: { $why }
    { "  " }{ $path }
hint-no-usable-model = train one first: gemba train { $path }
detail-model-unusable = { $why }
error-read-only =
    the project is open elsewhere or its disk is read-only, so nothing can be saved
    { "  " }{ $path }
hint-read-only = close the other program, or copy the project to a writable place
error-no-pictures = the model in use predicts no pictures
    { $path }
hint-no-pictures = import a folder with at least 40 camera pictures beside the sensors and train again
error-no-frames = no picture of the { $split } blocks has { $needed } steps of its block and an earlier picture before it
hint-no-frames = ask for a shorter --lead or --warmup, or another split
error-no-rows = the { $split } blocks have no stretch longer than the { $warmup } warm-up steps; the longest has { $longest }
hint-no-rows = ask for a shorter warm-up with --warmup, or another split
error-too-large = { $steps } steps of { $outputs } outputs leave memory for { $fits } draws; at least { $needed } are needed
hint-too-large = ask for a shorter horizon, fewer steps or fewer draws
error-different-starts = A starts at step { $step_a } of episode { $episode_a } for { $horizon_a } steps, B at step { $step_b } of episode { $episode_b } for { $horizon_b } steps; both need one start and horizon
hint-different-starts = give both scenario files the same [start] and [horizon]
error-different-contexts = A is warmed up by { $a } measured steps before the start, B by { $b }; both need as many
hint-different-contexts = give both scenario files the same context_steps
error-unlearned-control =
    the model learned from earlier data, where { $channel } was no control or never moved, so it cannot say what changing it does
    { "  " }{ $path }
hint-unlearned-control = train again: gemba train { $path }
error-kpi-channel = the KPI { $kpi } needs channel { $channel }, which the model does not predict
hint-kpi-channel = choose a channel whose role is kpi, observation, control or disturbance
error-no-device = the device { $device } cannot be used: { $why }
hint-no-device = { $hint }, or choose --device cpu
error-number = { $name } is { $found }; expected { $expected }
error-file-kind =
    files of this kind are not written; expected { $expected }
    { "  " }{ $path }
hint-file-kind = end the name in { $expected }
error-workbook = the workbook cannot be put together
hint-workbook = write it as a page: --out FILE.html
error-paper = the pages cannot be set: { $found }
hint-paper = write it as a page: --out FILE.html
error-stopped-early = stopped on request; what was saved before stays valid
detail-hours = the number of hours
detail-above-zero = a finite number above 0
detail-draws = the number of draws
detail-smallest-delta = the smallest difference that matters
detail-from-zero = a finite number of at least 0
detail-the-sensor = the sensor at fault
detail-an-output = an output: { $names }
detail-the-horizon = the horizon
detail-step-or-full = at least 1 step, or full
detail-unknown-device = this build does not know it
detail-build-cuda = with an NVIDIA card and the CUDA toolkit, build with --features cuda
detail-build-metal = on an Apple machine, build with --features metal
detail-cpu-works = the CPU does the work
detail-doctor-device = { $device } cannot be used: { $why }
detail-doctor-display = no display was found, so the window cannot open
detail-doctor-session = start it in a desktop session, or run gemba demo --headless
detail-doctor-memory = the machine has only { $gib } GiB of memory
detail-doctor-small = train with --preset small

## Window and command line
error-panicked = the job broke off: { $reason }
hint-panicked = nothing saved was changed; try again or restart the program
error-empty-folder =
    the folder holds no file that can be previewed
    { "  " }{ $path }
hint-empty-folder = choose a folder with sensor logs (CSV, TSV, TXT)
error-no-thread = the machine gave no thread for { $name }
hint-no-thread = close other programs and start again
error-no-window = no window could be opened: { $why }
hint-no-window = try --renderer glow, or the command line; `gemba doctor` says what is missing
error-no-display = no display was found, so the window cannot open
hint-no-display = run it without a window: gemba demo --headless
error-project-and-command = found the project { $project } before a command; expected one or the other
hint-project-and-command = put the project after the command: gemba inspect PROJECT
error-usage = the arguments cannot be read
hint-usage = see gemba --help
error-usage-unknown = unexpected argument { $argument }
hint-usage-unknown = see gemba --help
error-usage-command = there is no command { $command }
hint-usage-command = see gemba --help
error-usage-value = the value { $value } does not fit { $argument }
hint-usage-value = see gemba --help
error-usage-missing = missing: { $argument }
hint-usage-missing = see gemba --help
error-usage-conflict = { $argument } and { $other } cannot be given together
hint-usage-conflict = see gemba --help
