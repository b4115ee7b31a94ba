//! The example scenarios against the built-in plant, through the doors.

use gemba::{
    base::Issues,
    scenario::{ScenarioSpec, make_plan},
    synth::{Excitation, SynthSpec, plant_dataset},
};

#[test]
fn every_example_can_be_asked_of_the_example_plant() {
    let spec = SynthSpec {
        plant: "filling".to_owned(),
        hours: 4.0,
        excitation: Excitation::Dither,
        faults: Vec::new(),
        seed: 0,
    };
    let dataset = plant_dataset(&spec).unwrap();
    dataset.check().unwrap();
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut n_files = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = gemba::base::read_text(&path).unwrap();
        let scenario = ScenarioSpec::parse(&text, &file).unwrap();
        let mut issues = Issues::new();
        let plan = make_plan(&scenario, &dataset, &[], &mut issues).unwrap();
        assert_eq!(plan.horizon_steps, 360, "{file}");
        assert_eq!(plan.start.step, dataset.n_steps() - 360, "{file}");
        assert_eq!(plan.kpis.len(), 3, "{file}");
        assert_eq!(
            plan.edited.is_empty(),
            file == "filling-as-run.toml",
            "{file}"
        );
        assert!(issues.is_empty(), "{file}: {issues:?}");
        n_files += 1;
    }
    assert!(n_files >= 3);
}
