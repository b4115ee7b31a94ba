//! Which direction of a channel is usually good, by the words in its name.
//!
//! A direction that is guessed wrong tells a gain as a loss, so it is guessed only by words that are
//! known, and by the last of them: a name's head comes last in English and in Japanese ("yield loss",
//! 効率損失). What no word decides stays [`Better::Unknown`].

use super::Better;
use crate::data::Channel;

/// What a word says of the name that ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Less is better.
    Less,
    /// More is better.
    More,
    /// More is better, of energy too: an efficiency.
    Gain,
    /// What a line makes, unless it is what a device is told.
    Output,
    /// What is spent, unless something is gained or made of it.
    Spent,
    /// Makes what is otherwise spent.
    Makes,
    /// A quantity that has no good direction.
    Neither,
    /// What has an output of its own.
    Device,
    /// Turns what follows or stands before it round.
    Not,
}

use Kind::{Device, Gain, Less, Makes, More, Neither, Not, Output, Spent};

/// Words in English. Those of fewer than six letters stand by themselves ("gloss" is no loss), longer
/// ones also within others.
const ENGLISH: [(Kind, &str); 9] = [
    (
        Less,
        "reject,scrap,scrapped,defect,error,fault,faulty,loss,waste,wasted,downtime,consumption,consumed,\
         usage,fuel,cost,emission,leak,leakage,wear,vibration,noise,cycle time,cycletime,lead time,\
         waiting,idle,stop,stoppage,outage,delay,crack,breakage,breakdown,alarm,deviation,rework,repair,\
         impurit,contaminat,spill,ng,no good,not good,not ok,nonconform,non conform,inefficien,\
         unavailab,mttr,changeover,setup time,nox,n ox,sox,s ox",
    ),
    (
        More,
        "throughput,good,ok,quality,oee,uptime,availab,productiv,production,produced,production speed,\
         utilization,utilisation,recovery,recovered,purity,profit,revenue,accuracy,pass rate,first pass,\
         mtbf",
    ),
    (Gain, "yield,efficien,power factor,powerfactor"),
    (Output, "output"),
    (Spent, "energy,power,kwh,k wh,electricity"),
    (Makes, "generat"),
    (
        Neither,
        "temp,temperature,pressure,voltage,current,speed,rpm,humidity,position,setpoint,set point,\
         code,id,state,status,mode,strength,stress,yield point,yield strength,yield stress,angle,\
         viscosity,density,signal",
    ),
    (
        Device,
        "valve,heater,controller,control,pid,pump,motor,fan,burner,inverter,actuator,analog,digital,plc",
    ),
    (Not, "free,without,no,not,non,anti"),
];

/// Words in Japanese. Those all in katakana stand by themselves (クロス is no ロス).
const JAPANESE: [(Kind, &str); 6] = [
    (
        Less,
        "不良,停止,消費,損失,廃棄,廃液,廃水,不合格,不適合,欠陥,欠点,故障,異常,漏れ,漏洩,摩耗,仕損,手直し,\
         手戻り,原価,費用,電気代,排出,騒音,振動,誤差,偏差,警報,遅延,遅れ,待ち,原単位,使用量,非効率,\
         非稼働,不稼働,未稼働,チョコ停,ドカ停,休止,停電,停滞,滞留,亀裂,破損,汚染,不純物,傷,災害,事故,返品,\
         燃料,コスト,ロス,リーク,エラー,スクラップ,クレーム,キズ,サイクルタイム,ダウンタイム,リードタイム",
    ),
    (
        More,
        "生産,生産速度,出来高,良品,稼働,可動率,品質,処理量,直行率,合格,純度,達成率,回収率,利用率,利益,\
         売上,故障間隔,スループット",
    ),
    (Gain, "効率,能率,収率,収量,歩留,力率,発電"),
    (Spent, "電力,エネルギ,エネルギー,動力"),
    (
        Neither,
        "温度,圧力,電圧,電流,速度,湿度,位置,弁,回転数,設定,指令,状態,信号,モード,出力電力",
    ),
    (Not, "無"),
];

/// Which direction is usually good for a channel of this name.
pub fn usual_better(channel: &Channel) -> Better {
    let name = plain(&channel.name);
    let hits = hits_of(part_that_counts(&name));
    let has = |kind| hits.contains(&kind);
    if has(Not) {
        return Better::Unknown;
    }
    let is_made = has(Output) && !has(Device);
    match hits.iter().rfind(|kind| **kind != Device) {
        Some(More | Gain) => Better::Higher,
        Some(Output) if is_made => Better::Higher,
        Some(Makes) if has(Spent) => Better::Higher,
        Some(Spent) if has(Gain) || has(Makes) || is_made => Better::Higher,
        // Power of the production: what it makes, or what it takes?
        Some(Spent) if has(More) => Better::Unknown,
        Some(Less | Spent) => Better::Lower,
        _ => Better::Unknown,
    }
}

/// A name in small letters, its words apart by one blank.
fn plain(name: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let is_head = letter.is_uppercase()
            && before.is_some_and(|before| {
                let after = letters.get(at + 1);
                before.is_lowercase()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        let is_word = letter.is_alphabetic();
        if (is_head || !is_word) && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        if is_word {
            out.extend(letter.to_lowercase());
        }
    }
    out.trim_end().to_owned()
}

/// "Loss of output", "energy per good part": what stands before counts; in 生産量あたり電力 what follows.
fn part_that_counts(name: &str) -> &str {
    for per in ["あたり", "当たり", "当り"] {
        if let Some((_, counted)) = name.split_once(per) {
            return counted;
        }
    }
    if let Some((counted, _)) = name.split_once(" per ") {
        return counted;
    }
    match name.split_once(" of ") {
        Some((counted, _)) if !hits_of(counted).is_empty() => counted,
        _ => name,
    }
}

/// What the known words of a name say, in their order. Of words that overlap the first counts, of
/// those that begin together the longest (不良品 is not 良品).
fn hits_of(name: &str) -> Vec<Kind> {
    let mut found: Vec<(usize, usize, Kind)> = Vec::new();
    for (kind, words) in ENGLISH.iter().chain(&JAPANESE) {
        for word in words.split(',') {
            let places = name.match_indices(word);
            let ends = places.filter_map(|(at, _)| Some((at, end_of(name, at, word)?)));
            found.extend(ends.map(|(at, end)| (at, end, *kind)));
        }
    }
    found.sort_unstable_by_key(|&(at, end, _)| (at, std::cmp::Reverse(end)));
    let mut taken = 0;
    found.retain(|&(at, end, _)| {
        let is_free = at >= taken;
        taken = if is_free { end } else { taken };
        is_free
    });
    found.into_iter().map(|(_, _, kind)| kind).collect()
}

/// Where a word that was found ends; `None` where it is but a part of another.
fn end_of(name: &str, at: usize, word: &str) -> Option<usize> {
    /// From so many letters on a word is told within another one too.
    const LONG: usize = 6;
    let end = at + word.len();
    let is_katakana = |letter: char| ('\u{30a0}'..='\u{30ff}').contains(&letter);
    let is_alone = if word.is_ascii() {
        word.len() < LONG
    } else {
        // エネルギー goes on where エネルギ ends, and is the same.
        word.chars().all(is_katakana) && !word.starts_with("エネルギ")
    };
    let goes_on = |letter: Option<char>| {
        let is_kin = |letter: char| {
            if word.is_ascii() {
                letter.is_ascii_alphabetic()
            } else {
                is_katakana(letter)
            }
        };
        is_alone && letter.is_some_and(is_kin)
    };
    if goes_on(name[..at].chars().next_back()) {
        return None;
    }
    let plurals: &[&str] = if word.is_ascii() {
        &["es", "s", ""]
    } else {
        &[""]
    };
    plurals.iter().find_map(|plural| {
        let rest = name[end..].strip_prefix(plural)?;
        (!goes_on(rest.chars().next())).then_some(end + plural.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Role;

    fn all(expected: Better, names: &[&str]) {
        for name in names {
            for role in [Role::Kpi, Role::Observation] {
                let found = usual_better(&Channel::new(*name, role, ""));
                assert_eq!(found, expected, "{name}");
            }
        }
    }

    #[test]
    fn less_is_better_of_what_is_lost_or_spent() {
        let names = "Reject_rate,rejectRate,scrap,scrap_weight,defects,yield_loss,losses,heat loss,error,\
             energy,energy_consumption,total_energyconsumption,motor_power,POWER,cycle_time,downtime,\
             loss_of_output,cost_of_quality,energy_per_good_part,NG_count,not_good,inefficiency,impurity,\
             wear,tool_wear,vibration_level,power_kWh,unplanned_stops,heater_power,current_power,\
             noise_level,pressure_loss,NOx,SOx,NOX,nox,stack_NOx,NOx_ppm";
        all(Better::Lower, &names.split(',').collect::<Vec<_>>());
        let names = "不良率,不良品数,不合格品,停止時間,生産停止時間,消費電力,電力量,エネルギー損失,廃棄量,\
             効率損失,品質不良,生産コスト,材料ロス,エネルギーロス,チョコ停回数,エネルギー原単位,\
             生産量あたり電力,非稼働時間,サイクルタイム,故障件数,品質コスト,NG数,燃料消費量";
        all(Better::Lower, &names.split(',').collect::<Vec<_>>());
    }

    #[test]
    fn more_is_better_of_what_is_made_or_gained() {
        let names = "throughput,output,output_rate,line_output,yield,Yield_pct,energy_efficiency,\
             efficiency,power_output,output_power,power_factor,powerFactor,good_parts,good_count,OK_count,\
             quality,OEE,uptime,availability,power_generation,generated_power,consumption_efficiency,\
             output_per_kWh,production_rate,purity,fuel_efficiency,first_pass_yield";
        all(Better::Higher, &names.split(',').collect::<Vec<_>>());
        let names = "生産量,生産数,出来高,良品数,良品率,歩留,歩留まり,収率,稼働率,稼働時間,効率,\
             エネルギー効率,電力効率,消費効率,作業能率,品質,力率,発電量,発電電力,直行率,合格率,故障間隔,生産速度";
        all(Better::Higher, &names.split(',').collect::<Vec<_>>());
    }

    #[test]
    fn what_no_word_decides_stays_open() {
        let names = "level,tally,gloss,temp,output_temp,yield_stress,quality_temp,heater_output,\
             pid_output,valve_output,stop_position,power_voltage,lossless,software,costar,defect_free,\
             units_per_hour,parts_per_error,on_oxygen,N_oxide,heat_generation,production_power,x1,";
        all(Better::Unknown, &names.split(',').collect::<Vec<_>>());
        let names = "水位,温度,停止位置,炉内温度,クロス径,グロス,プロセス値,出力,生産温度,生産電力,無停止時間";
        all(Better::Unknown, &names.split(',').collect::<Vec<_>>());
    }
}
