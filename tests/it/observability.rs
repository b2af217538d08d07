//! What a box tells those who look after it: the journal, the metrics, alerts and dashboards.

mod journal;
