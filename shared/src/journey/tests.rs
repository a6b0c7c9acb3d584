use super::*;
use crate::checklist::Item;
use crate::eligibility::Answer;
use crate::policy::tests::otaru_policy;
use crate::time::parse_instant;

fn complete_draft(terms: &TermsRef) -> Draft {
    let entry = |item: Item| CheckEntry {
        id: item.as_str().into(),
        outcome: "attested".into(),
        detail: String::new(),
    };
    Draft {
        terms: terms.clone(),
        eligibility: [Some(Answer::Yes); 4],
        consents: Consents { agreed: [true; 2], acknowledged: [true; 6] },
        own_device: Some(true),
        checklist: Item::ALL.into_iter().map(entry).collect(),
        person: PersonEntry {
            name: "小樽　花子".into(),
            birth_date: "昭和60年4月1日".into(),
            job_seeker_number: "０１２３４ー５６７８９０１".into(),
        },
        wishes: vec!["2026-11-26T10:00:00+09:00".into(), "2026-11-27T13:00:00+09:00".into()],
        attendants: Vec::new(),
        accepted: Vec::new(),
    }
}

fn judged(change: impl FnOnce(&mut Draft)) -> (Step, Result<BookingRequest, Vec<String>>) {
    let terms = TermsRef { id: "otaru-2023-10-01".into(), sha256: "1".into() };
    let (policy, taken) = (otaru_policy(), Occupancy::new());
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let rules = Rules::new(&policy, &terms, &taken, now);
    let mut draft = complete_draft(&terms);
    change(&mut draft);
    let told = complete(rules, &draft)
        .map_err(|all| all.iter().map(|it| format!("{} {}", it.pointer, it.code.as_str())).collect());
    (next_step(rules, &draft), told)
}

fn codes(change: impl FnOnce(&mut Draft)) -> (Step, Vec<String>) {
    let (step, told) = judged(change);
    (step, told.err().unwrap_or_default())
}

#[test]
fn a_complete_draft_becomes_a_request_with_its_values_normalised() {
    let (step, told) = judged(|_| ());
    assert_eq!(step, Step::Review);
    let request = told.unwrap();
    assert_eq!(request.number.as_str(), "01234-5678901");
    assert_eq!(request.birth_date.date().to_string(), "1985-04-01");
    assert_eq!(request.name.as_str(), "小樽　花子");
    assert_eq!(request.wishes.len(), 2);
}

#[test]
fn an_empty_draft_is_told_everything_at_once_and_starts_with_the_conditions() {
    let (step, told) = codes(|draft| *draft = Draft::default());
    assert_eq!(step, Step::Conditions);
    // terms, 4 conditions, 8 boxes, the device and its 13 items, 3 personal items, the wishes.
    assert_eq!(told.len(), 1 + 4 + 8 + 14 + 3 + 1);
    assert_eq!(told[0], "/terms terms_changed");
}

#[test]
fn each_step_stops_at_its_own_faults() {
    assert_eq!(
        codes(|it| it.eligibility[2] = Some(Answer::No)),
        (Step::Conditions, vec!["/eligibility/ongoing ineligible".into()])
    );
    assert_eq!(
        codes(|it| it.consents.acknowledged[4] = false),
        (Step::Consent, vec!["/consents/acknowledged/disclaimers consent_missing".into()])
    );
    assert_eq!(codes(|it| it.terms.sha256.clear()), (Step::Consent, vec!["/terms terms_changed".into()]));
    assert_eq!(
        codes(|it| it.own_device = None),
        (Step::Check, vec!["/own_device checklist_incomplete".into()])
    );
    assert_eq!(
        codes(|it| it.checklist[2].outcome = "failed".into()),
        (Step::Check, vec!["/checklist/2 check_blocking".into()])
    );
    assert_eq!(
        codes(|it| it.person.name = " ".into()),
        (Step::Booking, vec!["/person/name name_invalid".into()])
    );
    assert_eq!(codes(|it| it.wishes.clear()), (Step::Booking, vec!["/wishes wishes_count".into()]));
}

#[test]
fn findings_to_check_stop_once_and_pass_when_confirmed() {
    let short = |it: &mut Draft| it.person.job_seeker_number = "01234-567".into();
    assert_eq!(
        codes(short),
        (Step::Booking, vec!["/person/job_seeker_number job_seeker_number_short".into()])
    );
    let (step, told) = judged(|it| {
        short(it);
        it.accepted = vec![Code::JobSeekerNumberShort, Code::BirthDateOver90];
    });
    assert_eq!((step, told.unwrap().accepted), (Step::Review, vec![Code::JobSeekerNumberShort]));
}

#[test]
fn what_must_be_mended_comes_before_what_is_only_asked() {
    let (_, told) = codes(|it| {
        it.person.name = "花子2".into();
        it.person.birth_date = "1985-02-30".into();
    });
    assert_eq!(told, ["/person/birth_date birth_date_invalid", "/person/name name_unusual_characters"]);
}

#[test]
fn every_pointer_leads_to_the_step_that_can_mend_it() {
    let terms = TermsRef { id: "a".into(), sha256: "1".into() };
    let (policy, taken) = (otaru_policy(), Occupancy::new());
    let rules = Rules::new(&policy, &terms, &taken, parse_instant("2026-11-24T09:00:00+09:00").unwrap());
    for step in Step::ALL {
        for fault in faults_of(step, rules, &Draft::default()) {
            assert_eq!(Step::of_pointer(&fault.pointer), step, "{}", fault.pointer);
        }
    }
}

#[test]
fn preamble_a_request_entered_at_the_desk_needs_no_boxes_and_no_checklist_and_rests_on_the_request_itself() {
    let terms = TermsRef { id: "otaru-2023-10-01".into(), sha256: "1".into() };
    let (policy, taken) = (otaru_policy(), Occupancy::new());
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let rules = Rules::new(&policy, &terms, &taken, now);
    let complete = complete_draft(&terms);
    let asked = Draft {
        eligibility: complete.eligibility,
        person: complete.person.clone(),
        wishes: complete.wishes.clone(),
        ..Draft::default()
    };
    let request = complete_at_desk(rules, &asked).unwrap();
    assert_eq!((request.basis, request.terms), (ConsentBasis::DeemedByRequest, terms.clone()));
    let codes = |draft: &Draft| -> Vec<_> {
        complete_at_desk(rules, draft).unwrap_err().iter().map(|it| it.pointer.clone()).collect()
    };
    let unasked = Draft { eligibility: [Some(Answer::Yes), None, Some(Answer::No), None], ..asked.clone() };
    assert_eq!(codes(&unasked), ["/eligibility/equipped", "/eligibility/ongoing", "/eligibility/need"]);
    assert_eq!(complete_next(rules, &unasked).unwrap().basis, ConsentBasis::DeemedByRequest);
    let nobody = Draft { wishes: Vec::new(), person: PersonEntry::default(), ..unasked };
    let all = ["/person/name", "/person/birth_date", "/person/job_seeker_number", "/wishes"];
    assert_eq!(codes(&nobody)[3..], all);
    let old = PersonEntry { birth_date: "1930-01-01".into(), ..asked.person.clone() };
    let old = Draft { person: old, eligibility: [None; 4], ..asked };
    assert_eq!(
        codes(&old).last().map(String::as_str),
        Some("/person/birth_date"),
        "what is only asked comes last"
    );
}
