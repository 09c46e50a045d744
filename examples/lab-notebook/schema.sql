-- As SQLAlchemy and Alembic write it for SQLite: upper-case types, named keys, VARCHAR enums with a CHECK, FLOAT, BLOB pickles.
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE researcher (
	id INTEGER NOT NULL,
	name VARCHAR(80) NOT NULL,
	orcid VARCHAR(19),
	active BOOLEAN NOT NULL,
	CONSTRAINT pk_researcher PRIMARY KEY (id),
	CONSTRAINT uq_researcher_orcid UNIQUE (orcid),
	CHECK (active IN (0, 1))
);
CREATE TABLE experiment (
	id CHAR(32) NOT NULL,
	researcher_id INTEGER NOT NULL,
	kind VARCHAR(7) NOT NULL,
	started DATETIME NOT NULL,
	day DATE,
	parameters JSON,
	CONSTRAINT pk_experiment PRIMARY KEY (id),
	CONSTRAINT fk_experiment_researcher FOREIGN KEY(researcher_id) REFERENCES researcher (id) ON DELETE CASCADE,
	CONSTRAINT ck_kind CHECK (kind IN ('titrate', 'spectra', 'assay'))
);
CREATE INDEX ix_experiment_started ON experiment (started);
CREATE TABLE reading (
	experiment_id CHAR(32) NOT NULL,
	position INTEGER NOT NULL,
	value FLOAT,
	raw BLOB,
	PRIMARY KEY (experiment_id, position),
	FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
