//! Tests of the report as a PDF.
#![cfg(feature = "pdf")]

use gemba::{base::Locale, report::pdf};

use crate::report::{EVIL, case, input};

#[test]
fn a_report_is_a_pdf_with_the_same_bytes_each_time() {
    let case = case("不良率 reject rate");
    let [en, ja] = [Locale::En, Locale::Ja].map(|locale| {
        let file = pdf(&input(&case, "不良率 reject rate"), locale).unwrap();
        assert!(file.starts_with(b"%PDF-1.") && file.ends_with(b"%%EOF"));
        assert!(file.len() < 400_000, "{} bytes", file.len());
        let again = pdf(&input(&case, "不良率 reject rate"), locale).unwrap();
        assert_eq!(file, again);
        // To be looked at, where `GEMBA_PAGES` names a folder.
        if let Ok(dir) = std::env::var("GEMBA_PAGES") {
            let path = std::path::Path::new(&dir).join(format!("{}.pdf", locale.name()));
            gemba::base::write_atomic(&path, &file).unwrap();
        }
        file
    });
    assert_ne!(en, ja);
}

#[test]
fn whatever_a_file_says_and_an_empty_answer_still_make_a_pdf() {
    let mut case = case(EVIL);
    pdf(&input(&case, EVIL), Locale::En).unwrap();
    case.dataset.episodes.clear();
    case.dataset.channels.clear();
    case.deltas.clear();
    let mut empty = input(&case, EVIL);
    empty.kpis.clear();
    pdf(&empty, Locale::Ja).unwrap();
}
