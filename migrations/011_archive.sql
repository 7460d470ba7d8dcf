-- Where rows came from, and the files that some of them came in. Coverage stays the truth about what is there.

create table provenance (
  venue        text           not null,
  symbol       text           not null,
  dataset      text           not null,
  route        text           not null,
  -- Empty where it is no file.
  file         text           not null,
  execution_id uuid           not null,
  covered      tstzmultirange not null,
  recorded_at  timestamptz    not null default now(),
  primary key (venue, symbol, dataset, route, file)
);

create table archive_files (
  venue        text        not null,
  file         text        not null,
  kind         text        not null,
  symbol       text        not null,
  from_ts      timestamptz not null,
  to_ts        timestamptz not null,
  etag         text        not null,
  size         bigint      not null check (size >= 0),
  modified_at  timestamptz not null,
  sha256       text        check (sha256 ~ '^[0-9a-f]{64}$'),
  rows         bigint      not null check (rows >= 0),
  state        text        not null check (state in ('loaded', 'refused')),
  reason       text,
  execution_id uuid        not null,
  recorded_at  timestamptz not null default now(),
  primary key (venue, file)
);
create index archive_files_symbol on archive_files (venue, symbol, kind);

create table archive_terms (
  venue        text        not null,
  version      text        not null,
  shown_at     timestamptz not null default now(),
  execution_id uuid        not null,
  primary key (venue, version)
);

comment on table provenance is 'Which route and file brought which minutes of a series, and the run that did so last. What came before this table is not in it.';
comment on column provenance.venue is 'exchange: binance';
comment on column provenance.symbol is 'the venue''s own name of the instrument';
comment on column provenance.dataset is 'as in coverage';
comment on column provenance.route is 'rest, archive, coinalyze';
comment on column provenance.file is 'archive_files.file; empty where the rows came in answers';
comment on column provenance.execution_id is 'the run that brought something last: executions.execution_id';
comment on column provenance.covered is 'the minutes';
comment on column provenance.recorded_at is 'when it did';

comment on table archive_files is 'Files of a bulk archive that were loaded or refused.';
comment on column archive_files.venue is 'exchange: binance';
comment on column archive_files.file is 'its key in the archive';
comment on column archive_files.kind is 'klines, markPriceKlines, indexPriceKlines, premiumIndexKlines, fundingRate, metrics';
comment on column archive_files.symbol is 'the venue''s own name of the instrument';
comment on column archive_files.from_ts is 'start of the times that its rows have';
comment on column archive_files.to_ts is 'end of them, exclusive';
comment on column archive_files.etag is 'as the listing told it when the file was loaded';
comment on column archive_files.size is 'bytes';
comment on column archive_files.modified_at is 'when the archive put it there';
comment on column archive_files.sha256 is 'of its bytes, the same as its checksum file tells; null where it was refused';
comment on column archive_files.rows is 'rows of it that were stored, of all datasets in it';
comment on column archive_files.state is 'loaded: all that was wanted of it is stored; refused: nothing of it';
comment on column archive_files.reason is 'why it was refused';
comment on column archive_files.execution_id is 'the run: executions.execution_id';
comment on column archive_files.recorded_at is 'when';

comment on table archive_terms is 'Terms of an archive that were shown before it was used.';
comment on column archive_terms.venue is 'exchange: binance';
comment on column archive_terms.version is 'the terms';
comment on column archive_terms.shown_at is 'when they were shown first';
comment on column archive_terms.execution_id is 'the run that showed them';
