-- What answers showed of stretches without rows: why a stretch is believed to be absent at the venue, or not yet. A
-- stretch that is not covered is unproven: the next run asks again, and what is here is the first of its two witnesses.
create table absences (
  venue        text        not null,
  symbol       text        not null,
  dataset      text        not null,
  stretch      tstzrange   not null,
  -- The question, and the rows that its answer had on either side; null where there was none.
  asked        tstzrange   not null,
  before_ts    timestamptz,
  after_ts     timestamptz,
  -- The venue's time.
  asked_at     timestamptz not null,
  execution_id uuid        not null,
  primary key (venue, symbol, dataset, stretch, asked_at, asked)
);
