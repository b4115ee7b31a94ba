//! Files of one log that write one column in different units.
//!
//! What surely is the same quantity is brought to the first file's unit, and that is said. Anything else
//! becomes a channel of its own: two scales in one channel would teach a jump that never happened.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::Group;
use crate::{
    base::{Issue, Issues, Place, Severity},
    import::{
        number::half_width,
        recipe::Recipe,
        table::{Column, Table},
    },
};

/// Units as they are folded, with what they measure, and factor and offset to the first unit of that.
const KNOWN: [(&str, &str, f64, f64); 61] = [
    ("°c", "temperature", 1.0, 0.0),
    ("°f", "temperature", 5.0 / 9.0, -160.0 / 9.0),
    ("k", "temperature", 1.0, -273.15),
    ("pa", "pressure", 1.0, 0.0),
    ("hpa", "pressure", 100.0, 0.0),
    ("kpa", "pressure", 1e3, 0.0),
    ("Mpa", "pressure", 1e6, 0.0),
    ("mbar", "pressure", 100.0, 0.0),
    ("bar", "pressure", 1e5, 0.0),
    ("psi", "pressure", 6_894.757_293_168_361, 0.0),
    ("mmhg", "pressure", 133.322_387_415, 0.0),
    ("torr", "pressure", 133.322_368_421_052_63, 0.0),
    ("atm", "pressure", 101_325.0, 0.0),
    ("kgf/cm2", "pressure", 98_066.5, 0.0),
    ("mg", "mass", 1e-6, 0.0),
    ("g", "mass", 1e-3, 0.0),
    ("kg", "mass", 1.0, 0.0),
    ("t", "mass", 1e3, 0.0),
    ("lb", "mass", 0.453_592_37, 0.0),
    ("μm", "length", 1e-6, 0.0),
    ("mm", "length", 1e-3, 0.0),
    ("cm", "length", 1e-2, 0.0),
    ("m", "length", 1.0, 0.0),
    ("km", "length", 1e3, 0.0),
    ("in", "length", 0.0254, 0.0),
    ("ft", "length", 0.3048, 0.0),
    ("ml/min", "flow", 1e-3 / 60.0, 0.0),
    ("l/min", "flow", 1.0 / 60.0, 0.0),
    ("l/s", "flow", 1.0, 0.0),
    ("l/h", "flow", 1.0 / 3600.0, 0.0),
    ("m3/h", "flow", 1000.0 / 3600.0, 0.0),
    ("m3/min", "flow", 1000.0 / 60.0, 0.0),
    ("m3/s", "flow", 1000.0, 0.0),
    ("g/min", "mass flow", 0.06, 0.0),
    ("g/s", "mass flow", 3.6, 0.0),
    ("kg/h", "mass flow", 1.0, 0.0),
    ("kg/min", "mass flow", 60.0, 0.0),
    ("kg/s", "mass flow", 3600.0, 0.0),
    ("t/h", "mass flow", 1000.0, 0.0),
    ("mm/s", "speed", 1e-3, 0.0),
    ("m/s", "speed", 1.0, 0.0),
    ("m/min", "speed", 1.0 / 60.0, 0.0),
    ("km/h", "speed", 1.0 / 3.6, 0.0),
    ("w", "power", 1.0, 0.0),
    ("kw", "power", 1e3, 0.0),
    ("Mw", "power", 1e6, 0.0),
    ("wh", "energy", 1.0, 0.0),
    ("kwh", "energy", 1e3, 0.0),
    ("Mwh", "energy", 1e6, 0.0),
    ("mv", "voltage", 1e-3, 0.0),
    ("v", "voltage", 1.0, 0.0),
    ("kv", "voltage", 1e3, 0.0),
    ("ma", "current", 1e-3, 0.0),
    ("a", "current", 1.0, 0.0),
    ("hz", "frequency", 1.0, 0.0),
    ("khz", "frequency", 1e3, 0.0),
    ("ms", "time", 1e-3, 0.0),
    ("s", "time", 1.0, 0.0),
    ("min", "time", 60.0, 0.0),
    ("h", "time", 3600.0, 0.0),
    ("l", "volume", 1.0, 0.0),
];

/// Spellings of folded units.
const SPELLINGS: &str = "c=°c degc=°c ℃=°c ﾟc=°c ºc=°c deg.c=°c celsius=°c f=°f degf=°f ℉=°f ºf=°f \
    fahrenheit=°f degk=k kelvin=k %rh=%rh pascal=pa kgf/cm²=kgf/cm2 kg/cm2=kgf/cm2 kg/cm²=kgf/cm2 \
    lbs=lb ton=t um=μm µm=μm inch=in lpm=l/min ℓ/min=l/min l/分=l/min l/hr=l/h l/sec=l/s \
    m³/h=m3/h m^3/h=m3/h m3/hr=m3/h m³/hr=m3/h ㎥/h=m3/h m³/min=m3/min m^3/min=m3/min ㎥/min=m3/min \
    m³/s=m3/s kg/hr=kg/h kg/sec=kg/s t/hr=t/h m/sec=m/s mm/sec=mm/s kph=km/h ℓ=l sec=s secs=s \
    seconds=s 秒=s 分=min mins=min hr=h hrs=h 時間=h rpm=rpm r/min=rpm min-1=rpm min⁻¹=rpm 1/min=rpm";

/// Units that begin with a mega.
const MEGA: [&str; 12] = [
    "MPa", "Mpa", "MPA", "MW", "MWh", "MWH", "MV", "MA", "Mg", "Mm", "ML", "MHz",
];

/// A unit however it is written. The size of a leading m stays: MW is no mW.
fn folded(unit: &str) -> String {
    let narrow = unit.chars().map(half_width);
    let narrow: String = narrow.filter(|letter| !letter.is_whitespace()).collect();
    let lower = narrow.to_lowercase();
    let mut spellings = SPELLINGS.split_whitespace();
    let known = spellings.find_map(|pair| pair.strip_prefix(lower.as_str())?.strip_prefix('='));
    if let Some(known) = known {
        return known.to_owned();
    }
    if MEGA.contains(&narrow.as_str()) {
        return format!("M{}", &lower[1..]);
    }
    lower
}

/// What turns values of one unit into another: factor and offset.
fn conversion(from: &str, to: &str) -> Option<(f64, f64)> {
    let find = |unit: &str| KNOWN.iter().find(|known| known.0 == unit);
    let (one, other) = (find(from)?, find(to)?);
    (one.1 == other.1).then(|| (one.2 / other.2, (one.3 - other.3) / other.2))
}

/// A unit and the file that writes it.
#[derive(Debug, Clone)]
struct Wanted {
    unit: String,
    source: String,
}

/// A column that is written in another unit than is wanted.
struct Odd {
    table: usize,
    column: usize,
    wanted: Wanted,
}

/// Brings each column of a group to one unit, or gives what cannot a name of its own. The unit is that of
/// the recipe where a file writes it, else the first file's.
pub(super) fn agree(group: &mut Group, recipe: &Recipe, issues: &mut Issues) {
    let odd = odd_columns(group, recipe);
    if odd.is_empty() {
        return;
    }
    let columns = group.iter().flat_map(|(table, _)| &table.columns);
    let mut taken: BTreeSet<String> = columns.map(|column| column.name.clone()).collect();
    // One name a column and unit, whichever file writes it so.
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    for one in odd {
        let table = &mut group[one.table].0;
        let column = &mut table.columns[one.column];
        let place = Place::file(&table.source).in_column(&column.name);
        let own = folded(&column.unit);
        let scale = conversion(&own, &folded(&one.wanted.unit));
        issues.push(if let Some(scale) = scale {
            convert(column, scale, &one.wanted, place)
        } else {
            let name = names
                .entry((column.name.clone(), own))
                .or_insert_with(|| free_name(column, &mut taken));
            set_apart(column, name, &one.wanted, place)
        });
    }
}

/// The columns that do not have the unit wanted, in the order of the files.
fn odd_columns(group: &Group, recipe: &Recipe) -> Vec<Odd> {
    let mut units = wanted_by(recipe, group);
    let mut odd = Vec::new();
    for (at, (table, _)) in group.iter().enumerate() {
        for (column_at, column) in table.columns.iter().enumerate() {
            if column.unit.is_empty() || !column.words.is_empty() {
                continue;
            }
            let Some(wanted) = units.get(&column.name) else {
                units.insert(column.name.clone(), wanted_of(column, table));
                continue;
            };
            if column.unit != wanted.unit && folded(&column.unit) != folded(&wanted.unit) {
                odd.push(Odd {
                    table: at,
                    column: column_at,
                    wanted: wanted.clone(),
                });
            }
        }
    }
    odd
}

fn wanted_of(column: &Column, table: &Table) -> Wanted {
    Wanted {
        unit: column.unit.clone(),
        source: table.source.clone(),
    }
}

fn convert(
    column: &mut Column,
    (factor, offset): (f64, f64),
    wanted: &Wanted,
    place: Place,
) -> Issue {
    for value in &mut column.values {
        *value = *value * factor + offset;
    }
    let Wanted { unit, source } = wanted;
    let text = format!(
        "written in {} here and in {unit} in {source}; the values were converted to {unit}",
        column.unit
    );
    let issue = Issue::new(place, Severity::Info, "unit-converted", text);
    let issue = issue.with("unit", &column.unit);
    column.unit.clone_from(unit);
    issue.with("wanted", unit).with("other", source)
}

/// Makes a channel of its own of a column.
fn set_apart(column: &mut Column, name: &str, wanted: &Wanted, place: Place) -> Issue {
    let Wanted { unit, source } = wanted;
    let text = format!(
        "written in {} here and in {unit} in {source}; how one becomes the other is not \
         known, so it is a channel of its own, {name:?}. Write one unit in all files to \
         join them",
        column.unit
    );
    name.clone_into(&mut column.name);
    Issue::new(place, Severity::Warning, "unit-differs", text)
        .with("unit", &column.unit)
        .with("wanted", unit)
        .with("other", source)
        .with("name", format!("{name:?}"))
}

/// A column's name with its unit, counted up where another column has it.
fn free_name(column: &Column, taken: &mut BTreeSet<String>) -> String {
    let plain = format!("{} ({})", column.name, column.unit);
    let (mut name, mut count) = (plain.clone(), 1);
    while !taken.insert(name.clone()) {
        count += 1;
        name = format!("{plain} {count}");
    }
    name
}

/// Unit and file of the columns, by name, whose unit a recipe says as one of the files does.
fn wanted_by(recipe: &Recipe, group: &Group) -> BTreeMap<String, Wanted> {
    let mut units: BTreeMap<String, Wanted> = BTreeMap::new();
    for (table, _) in group {
        for column in &table.columns {
            if units.contains_key(&column.name) {
                continue;
            }
            let section = recipe.section_of(&column.name);
            let wanted = section.and_then(|section| section.unit.as_deref());
            if wanted.is_some_and(|unit| folded(unit) == folded(&column.unit)) {
                units.insert(column.name.clone(), wanted_of(column, table));
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_known_however_they_are_written_and_mega_is_not_milli() {
        for (one, other) in [
            ("℃", "degC"),
            ("° C", "C"),
            ("m³/h", "m3/hr"),
            ("Bar", "bar"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("MW"), folded("mW"));
        let convert = |value: f64, from: &str, to: &str| {
            let (factor, offset) = conversion(&folded(from), &folded(to))?;
            Some(((value * factor + offset) * 1e6).round() / 1e6)
        };
        assert_eq!(convert(212.0, "°F", "°C"), Some(100.0));
        assert_eq!(convert(100.0, "°C", "°F"), Some(212.0));
        assert_eq!(convert(0.0, "°C", "K"), Some(273.15));
        assert_eq!(convert(300.0, "kPa", "bar"), Some(3.0));
        assert_eq!(convert(0.5, "MPa", "kPa"), Some(500.0));
        assert_eq!(convert(60.0, "L/min", "m³/h"), Some(3.6));
        assert_eq!(convert(1.0, "kg/h", "L/min"), None);
        assert_eq!(convert(1.0, "MPaG", "MPa"), None);
    }

    #[test]
    fn a_name_with_its_unit_that_is_taken_is_counted_up() {
        let column = Column {
            name: "flow".to_owned(),
            unit: "l/min".to_owned(),
            words: Vec::new(),
            values: Vec::new(),
        };
        let mut taken = BTreeSet::from(["flow (l/min)".to_owned()]);
        assert_eq!(free_name(&column, &mut taken), "flow (l/min) 2");
        assert_eq!(free_name(&column, &mut taken), "flow (l/min) 3");
    }
}
