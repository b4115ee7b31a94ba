//! A product number whose effect is not in proportion to it, from the data to a what-if.

use gemba::{
    base::{Purpose, StopToken, Stream},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Split},
    model::{FittedModel, RolloutRequest, Tier},
};

use crate::trainings::{ahead, small_model, span};

const N_STEPS: usize = 1200;
const START: usize = 1100;

/// A temperature that follows a heater and what the product needs: by its number, or of each its own.
fn line(needs: [f64; 6]) -> Dataset {
    let draws = |id: u64| Stream::new(7, Purpose::Test, &[id]);
    let held = |id: u64, every: usize| -> Vec<f64> {
        let of = |step| draws(id).uniform_at((step / every) as u64);
        (0..N_STEPS).map(of).collect()
    };
    let which = |one: &f64| {
        (1..6_u32)
            .filter(|edge| 6.0 * one >= f64::from(*edge))
            .count()
    };
    let product: Vec<usize> = held(0, 15).iter().map(which).collect();
    let heater = held(1, 20);
    let (mut now, mut measured) = (20.0, Vec::new());
    for (step, (product, heater)) in product.iter().zip(&heater).enumerate() {
        now += 0.15 * (needs[*product] + 10.0 * heater - now);
        measured.push(now + 0.1 * draws(2).normal_at(step as u64));
    }
    Dataset {
        name: "products".to_owned(),
        step_secs: 60.0,
        has_clock: false,
        utc_offset_secs: None,
        channels: vec![
            Channel::new("product", Role::Control, ""),
            Channel::new("heater", Role::Control, "kW"),
            Channel::new("temperature", Role::Observation, "°C"),
        ],
        episodes: vec![Episode {
            name: "one".to_owned(),
            start_ns: 0,
            columns: vec![
                product.iter().map(|one| *one as f64).collect(),
                heater,
                measured,
            ],
        }],
        spans: vec![
            span(0, 0, 850, Split::Train),
            span(0, 850, 1050, Split::Val),
            span(0, 1050, N_STEPS, Split::Test),
        ],
        media: Media::default(),
    }
}

/// Where the temperature comes to rest under a product.
fn rest(model: &FittedModel, data: &Dataset, product: f64, tier: Option<Tier>) -> f64 {
    let rows = vec![vec![product; 80], vec![0.5; 80]];
    let plan = ControlPlan::new(vec![0, 1], rows, 80).expect("a plan");
    let asked = RolloutRequest {
        controls: Some(&plan),
        tier,
        ..ahead(data, START, 80)
    };
    let answer = model.rollout(&asked, &StopToken::new());
    answer.expect("an answer").mean[0][79]
}

#[test]
fn a_product_number_acts_by_which_it_is() {
    // No cubic goes through these.
    let needs = [20.0, 32.0, 12.0, 35.0, 15.0, 28.0];
    let data = line(needs);
    let model = small_model(&data);
    let note = model.notes().iter().find(|one| one.code == "input-levels");
    assert_eq!(note.expect("levels are found").args["count"], "6");
    assert_eq!(model.levels_of("product"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(model.levels_of("heater").is_empty());
    let back = FittedModel::from_bytes(&model.to_bytes()).expect("the same model");
    for (product, need) in needs.into_iter().enumerate() {
        for tier in [None, Some(Tier::Linear)] {
            let said = rest(&model, &data, product as f64, tier);
            assert!(
                (said - need - 5.0).abs() < 0.8,
                "{product} {tier:?}: {said}"
            );
            let again = rest(&back, &data, product as f64, tier);
            assert_eq!(said.to_bits(), again.to_bits());
        }
    }
}

#[test]
fn a_number_that_says_how_much_stays_one_input() {
    let model = small_model(&line([20.0, 23.0, 26.0, 29.0, 32.0, 35.0]));
    assert!(model.notes().iter().all(|one| one.code != "input-levels"));
}
