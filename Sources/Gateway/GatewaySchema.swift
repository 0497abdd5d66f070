package import Database

/// The tables of Gateway, step by step.
package enum GatewaySchema {
    /// The steps, in order.
    package static let migrations: [Migration] = [
        Migration("gateway.V001_create_gateway", secrets + endpoints)
    ]

    private static let secrets: [SQLText] = [
        """
        CREATE TABLE gateway_secrets (
            id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            name TEXT COLLATE "C" NOT NULL UNIQUE,
            sealed_values TEXT NOT NULL,
            provider TEXT,
            settings TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            created_by TEXT,
            updated_by TEXT
        )
        """,
        """
        CREATE TABLE gateway_models (
            id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            name TEXT COLLATE "C" NOT NULL UNIQUE,
            secret_id TEXT COLLATE "C" REFERENCES gateway_secrets (id) ON DELETE SET NULL,
            provider TEXT NOT NULL,
            model_name TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            created_by TEXT,
            updated_by TEXT
        )
        """,
        "CREATE INDEX gateway_models_by_secret ON gateway_models (secret_id)",
    ]

    private static let endpoints: [SQLText] = [
        // An experiment that is removed for good takes no endpoint with it.
        """
        CREATE TABLE gateway_endpoints (
            id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            name TEXT COLLATE "C" NOT NULL UNIQUE,
            routing TEXT,
            has_fallback SMALLINT NOT NULL,
            fallback_strategy TEXT,
            fallback_attempts BIGINT,
            experiment_id BIGINT REFERENCES experiments (experiment_id) ON DELETE SET NULL,
            tracks_usage SMALLINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            created_by TEXT,
            updated_by TEXT
        )
        """,
        "CREATE INDEX gateway_endpoints_by_experiment ON gateway_endpoints (experiment_id)",
        """
        CREATE TABLE gateway_links (
            id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES gateway_endpoints (id) ON DELETE CASCADE,
            position BIGINT NOT NULL,
            model_id TEXT COLLATE "C" NOT NULL REFERENCES gateway_models (id),
            kind TEXT COLLATE "C" NOT NULL,
            weight DOUBLE PRECISION NOT NULL,
            fallback_order BIGINT,
            created_at BIGINT NOT NULL,
            created_by TEXT,
            UNIQUE (endpoint_id, model_id, kind)
        )
        """,
        "CREATE INDEX gateway_links_by_model ON gateway_links (model_id)",
        """
        CREATE TABLE gateway_endpoint_tags (
            endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES gateway_endpoints (id) ON DELETE CASCADE,
            key TEXT COLLATE "C" NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (endpoint_id, key)
        )
        """,
        // What clients note names anything; what a scorer's registration notes goes with the scorer.
        """
        CREATE TABLE gateway_bindings (
            endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES gateway_endpoints (id) ON DELETE CASCADE,
            resource TEXT COLLATE "C" NOT NULL,
            resource_id TEXT COLLATE "C" NOT NULL,
            scorer_id TEXT COLLATE "C" REFERENCES scorers (scorer_id) ON DELETE CASCADE,
            display_name TEXT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            created_by TEXT,
            updated_by TEXT,
            PRIMARY KEY (endpoint_id, resource, resource_id)
        )
        """,
        "CREATE INDEX gateway_bindings_by_resource ON gateway_bindings (resource_id)",
        "CREATE INDEX gateway_bindings_by_scorer ON gateway_bindings (scorer_id)",
    ]
}
