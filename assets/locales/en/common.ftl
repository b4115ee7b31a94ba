# Words shared by all parts of the program.
role-control = Control
role-disturbance = Disturbance
role-observation = Observation
role-kpi = KPI
role-label = Label
role-ignore = Left out

detail-role-control = control
detail-role-disturbance = disturbance
detail-role-observation = observation
detail-role-kpi = kpi
detail-role-label = label
detail-role-ignore = ignore

tier-naive = Naive
tier-linear = Linear
tier-narx = Polynomial
tier-neural = Neural
tier-transformer = Transformer

modality-image = Camera
modality-sound = Sound
modality-checklist = Checklist

severity-info = Note
severity-warning = Warning
severity-error = Error

grade-a = A: good
grade-b = B: small findings
grade-c = C: use with care
grade-d = D: weak
grade-e = E: hardly usable
grade-f = F: not usable

finding-stuck = Holds one value for long
finding-drifting = Drifts away slowly
finding-drifted = Drifted away and jumped back, unlike the other sensors
finding-disagrees = Jumps where the other sensors do not
finding-late = Comes late against the other sensors
finding-spikes = Has single spikes
finding-missing = Many values are missing
finding-readings-missing = Many of its readings are missing
finding-slow = Is measured every few steps only
finding-saturated = Sits at the end of its range
finding-coarse = Moves in coarse steps
finding-interpolated = Seems to be interpolated by the recorder
finding-mostly-still = Mostly stands still
finding-line-still = Stands still while the line does
finding-moves-along = Always moves along with another column

state-waiting = Waiting
state-running = Running
state-done = Done
state-failed = Not done
state-cancelled = Stopped

job-example = Build the example
job-open = Open the project
job-preview = Look at the file
job-excerpt = Look at the row
job-import = Import
job-train = Training
job-compare = Comparison
job-gap = Measure the gap
job-report = Write the report
job-save = Save

stage-waiting = waiting for its turn
stage-preparing = preparing
stage-simulating = simulating the filling line
stage-writing = writing files
stage-reading = reading files
stage-columns = looking at every column
stage-images = reading pictures
stage-sounds = reading sound
stage-checklists = reading checklists
stage-issue = noting what is odd
stage-saving = saving
stage-linear = linear model
stage-narx = polynomial model
stage-neural = neural model
stage-transformer = transformer model
stage-records = models with pictures, sound and checklists
stage-training = learning
stage-rollout = rolling futures out
stage-comparing = comparing A and B
stage-judging = judging the question
stage-scoring = scoring
stage-report = writing the report

unit-secs = { $n } s
unit-mins = { $n } min
unit-min-secs = { $m } min { $s } s
unit-hours = { $n } h
unit-hours-min = { $h } h { $m } min
unit-days = { $n } days

place-row = row { $row }
place-comma = { ", " }
phrase-because =
    { $what }
    { "  " }{ $why }

kpi-scrap = scrap
kpi-output = output
kpi-power = power
kpi-energy = energy
kpi-downtime = downtime
kpi-yield = yield
kpi-cost = cost
