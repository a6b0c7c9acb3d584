//! The network between tabs and server: what arrives, when, how often, and what comes back of it.

use std::rc::Rc;

use axum::body::Body;
use axum::http::{Method, Request};

use crate::model::Checked;
use crate::server::{Purpose, Reply};
use crate::settings::Fault;
use crate::world::{Event, World};

/// What a tab asks for.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Office,
    Slots,
    Submit { key: String, body: String },
    Receipt { number: String, code: String, etag: Option<String> },
}

/// One sending.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) number: u64,
    pub(crate) tab: usize,
    pub(crate) asked: Asked,
}

/// A browser gives up after this long, as the widget tells it to.
const DEADLINE: i64 = 15_000;

impl World {
    /// A tab asks; the answer, or that there is none, comes by itself.
    pub(crate) fn ask(&mut self, tab: usize, asked: Asked) {
        self.exchanges += 1;
        let exchange = Rc::new(Exchange { number: self.exchanges, tab, asked });
        self.awaited.insert(exchange.number, Rc::clone(&exchange));
        let device = self.tabs[tab].device;
        if !self.devices[device].is_online {
            self.trace.count("sent without a line");
            self.after(20, Event::Answer(exchange.number, Reply::default()));
            return;
        }
        self.after(DEADLINE, Event::GiveUp(exchange.number));
        let delay = self.delay();
        if self.fails(Fault::Loss, 30) {
            self.trace.count("lost on the way");
        } else if self.fails(Fault::Portal, 10) {
            self.trace.count("answered by a portal");
            let page = b"<!doctype html><title>Welcome</title>".to_vec();
            self.after(
                delay,
                Event::Answer(exchange.number, Reply { status: 200, body: page, ..Reply::default() }),
            );
        } else if self.fails(Fault::Proxy, 15) {
            self.trace.count("answered by a proxy");
            let reply = self.page_of_a_proxy();
            self.after(delay, Event::Answer(exchange.number, reply));
        } else if self.fails(Fault::Late, 8) {
            self.trace.count("arrived late");
            let late = self.network.between(DEADLINE, 600_000);
            self.after(late, Event::Arrives(exchange));
        } else {
            if self.fails(Fault::Duplicate, 20) {
                self.trace.count("arrived twice");
                let again = delay + self.network.between(0, 3_000);
                self.after(again, Event::Arrives(Rc::clone(&exchange)));
            }
            self.after(delay, Event::Arrives(exchange));
        }
    }

    /// Whether a fault strikes, so many times in a thousand.
    pub(crate) fn strikes(&mut self, fault: Fault, of_a_thousand: u64) -> bool {
        let drawn = self.network.hits(of_a_thousand);
        drawn && self.may_fail(fault)
    }

    /// Whether the network fails, so many times in a thousand where it is usual.
    fn fails(&mut self, fault: Fault, of_a_thousand: u64) -> bool {
        self.strikes(fault, of_a_thousand * self.settings.rough)
    }

    fn delay(&mut self) -> i64 {
        let usual = self.network.between(10, 300);
        if self.fails(Fault::Delay, 50) { usual + self.network.between(1_000, 20_000) } else { usual }
    }

    fn page_of_a_proxy(&mut self) -> Reply {
        let status = self.network.pick(&[429, 500, 502, 503, 504, 404, 408]);
        let retry_after = self.network.pick(&[None, Some(1), Some(30), Some(86_400)]);
        let body = b"<html><h1>Gateway</h1></html>".to_vec();
        Reply { status, retry_after, body, etag: None }
    }

    /// Something arrives at the server's door.
    pub(crate) fn arrives(&mut self, exchange: &Rc<Exchange>) {
        if !self.server.is_up() {
            self.trace.count("met no server");
            let reply = if self.network.hits(500) { self.page_of_a_proxy() } else { Reply::default() };
            self.after(20, Event::Answer(exchange.number, reply));
            return;
        }
        let request = request(&exchange.asked);
        if let Some(call) = self.server.begin(Purpose::Exchange(Rc::clone(exchange)), Some(request)) {
            self.after(0, Event::Turn(call));
        }
        if self.fails(Fault::Reset, 10) {
            self.trace.count("reset");
            let soon = self.network.between(0, 12);
            self.after(soon, Event::Reset(exchange.number));
        }
    }

    /// The server has answered; that has a way to go as well.
    pub(crate) fn answered(&mut self, exchange: &Exchange, reply: Reply) {
        let delay = self.delay();
        if self.fails(Fault::LostAnswer, 30) {
            self.trace.count("answer lost");
        } else if self.fails(Fault::Proxy, 10) {
            self.trace.count("answer replaced by a proxy");
            let page = self.page_of_a_proxy();
            self.after(delay, Event::Answer(exchange.number, page));
        } else {
            self.after(delay, Event::Answer(exchange.number, reply));
        }
    }

    /// The connection breaks: the tab hears of it, and the server.
    pub(crate) fn reset(&mut self, number: u64) {
        self.server.hang_up(number);
        self.after(20, Event::Answer(number, Reply::default()));
    }

    /// The browser has waited long enough. The server need not notice.
    pub(crate) fn give_up(&mut self, number: u64) -> Checked {
        if self.awaited.contains_key(&number) && self.network.hits(500) {
            self.server.hang_up(number);
        }
        self.comes_back(number, &Reply::default())
    }

    /// Something comes back to a tab that still waits for it.
    pub(crate) fn comes_back(&mut self, number: u64, reply: &Reply) -> Checked {
        let Some(exchange) = self.awaited.remove(&number) else { return Ok(()) };
        if !self.tabs[exchange.tab].is_open {
            return Ok(());
        }
        self.tab_hears(&exchange, reply)
    }
}

pub(crate) fn request(asked: &Asked) -> Request<Body> {
    let mut request = Request::builder();
    let (method, path, body) = match asked {
        Asked::Office => (Method::GET, "/api/v1/office".to_owned(), Body::empty()),
        Asked::Slots => (Method::GET, "/api/v1/slots".to_owned(), Body::empty()),
        Asked::Submit { key, body } => {
            request = request.header("content-type", "application/json").header("idempotency-key", key);
            (Method::POST, "/api/v1/requests".to_owned(), Body::from(body.clone()))
        }
        Asked::Receipt { number, code, etag } => {
            request = request.header("authorization", format!("Bearer {code}"));
            if let Some(etag) = etag {
                request = request.header("if-none-match", etag);
            }
            (Method::GET, format!("/api/v1/requests/{number}"), Body::empty())
        }
    };
    request.method(method).uri(path).body(body).unwrap()
}
