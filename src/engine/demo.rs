//! The example: a day and two nights of the built-in filling line, and one what-if about it.

use std::path::Path;

use super::{
    EngineError, Env, Excitation, ImportHow, ImportRequest, Loaded, SynthSpec, import_data,
    make_plant,
};
use crate::{
    base,
    data::{Dataset, Split},
    scenario::{Better, Edit, EditOp, KpiSpec, Reduce, ScenarioSpec, StartSpec},
    store::Project,
};

/// Hours of the example.
const HOURS: f64 = 48.0;
/// Seed of the example plant.
const SEED: u64 = 0;
/// Half an hour at the plant's usual grid is enough to see the line settle.
const HORIZON_STEPS: usize = 360;
/// Measured steps before the start.
const CONTEXT_STEPS: usize = 50;

/// Builds the example: plant, files, import into `dir/example.gemba`, scenario files. Not trained.
///
/// # Errors
///
/// [`EngineError`] where files cannot be written.
pub fn make_demo(dir: &Path, env: &Env<'_>) -> Result<Loaded, EngineError> {
    let plant = dir.join("plant");
    let spec = SynthSpec {
        plant: "filling".to_owned(),
        hours: HOURS,
        excitation: Excitation::Dither,
        faults: Vec::new(),
        seed: SEED,
    };
    base::create_dir_all(dir)?;
    make_plant(&spec, &plant, env)?;
    let request = ImportRequest {
        sources: vec![plant],
        recipe: None,
        name: "example".to_owned(),
    };
    let project = dir.join("example.gemba");
    let loaded = import_data(&project, &request, &ImportHow::default(), env)?;
    let mut opened = Project::open(&project)?;
    let (mut baseline, mut variant) = demo_scenarios();
    place(&mut baseline, &loaded.dataset);
    place(&mut variant, &loaded.dataset);
    for (name, scenario) in [("A", &baseline), ("B", &variant)] {
        let text = scenario.to_toml();
        opened.save_text(&format!("scenario/{name}"), Some(&text))?;
        base::write_atomic(&dir.join(format!("{name}.toml")), text.as_bytes())?;
    }
    Ok(loaded)
}

/// The example's scenarios: A as it was run, B with the conveyor 8 % faster.
pub fn demo_scenarios() -> (ScenarioSpec, ScenarioSpec) {
    let baseline = ScenarioSpec {
        name: "A: as it was run".to_owned(),
        start: StartSpec {
            context_steps: Some(CONTEXT_STEPS),
            ..StartSpec::default()
        },
        horizon_steps: Some(HORIZON_STEPS),
        edits: Vec::new(),
        kpis: vec![
            kpi("scrap", "reject_rate", Better::Lower, "%", 0.1),
            kpi("output", "output_rate", Better::Higher, "bottles/h", 50.0),
            kpi("power", "power", Better::Lower, "kW", 0.5),
        ],
        file: "A.toml".to_owned(),
    };
    let variant = ScenarioSpec {
        name: "B: conveyor +8 %".to_owned(),
        edits: vec![Edit {
            channel: "conveyor_speed".to_owned(),
            op: EditOp::Scale,
            value: 1.08,
            points: Vec::new(),
            from_step: 0,
            to_step: None,
            line: 0,
        }],
        file: "B.toml".to_owned(),
        ..baseline.clone()
    };
    (baseline, variant)
}

fn kpi(name: &str, channel: &str, better: Better, unit: &str, delta: f64) -> KpiSpec {
    KpiSpec {
        name: name.to_owned(),
        channel: channel.to_owned(),
        reduce: Reduce::Mean,
        better,
        unit: unit.to_owned(),
        delta: Some(delta),
        line: 0,
    }
}

/// Starts a scenario in the first test block that is long enough, so that what really happened
/// is there to be looked at and no model has seen it.
fn place(scenario: &mut ScenarioSpec, dataset: &Dataset) {
    let needed = CONTEXT_STEPS + HORIZON_STEPS;
    let block = dataset
        .spans_of(Split::Test)
        .find(|span| span.n_steps() >= needed);
    if let Some(block) = block {
        // A time is understood by the plant's truth too, which counts its steps from its start.
        let episode = &dataset.episodes[block.episode];
        let time_ns = episode.time_ns(block.start + CONTEXT_STEPS, dataset.step_secs);
        scenario.start.at = Some(base::format_time(time_ns));
    }
}
