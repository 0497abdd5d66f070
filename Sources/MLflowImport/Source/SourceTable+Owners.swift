import Database

/// The conditions for `isOwned`: what the id in `column` names is there, and what that belongs to, too.
extension SourceTable {
    static func ofExperiment(_ column: SQLText) -> SQLText {
        "EXISTS (SELECT 1 FROM experiments AS own_e WHERE own_e.experiment_id = " + column + ")"
    }

    static func ofRun(_ column: SQLText) -> SQLText {
        """
        EXISTS (SELECT 1 FROM runs AS own_r JOIN experiments AS own_e ON own_e.experiment_id = own_r.experiment_id
            WHERE own_r.run_uuid =
        """ + " " + column + ")"
    }

    static func ofLoggedModel(_ column: SQLText) -> SQLText {
        """
        EXISTS (SELECT 1 FROM logged_models AS own_m
            JOIN experiments AS own_e ON own_e.experiment_id = own_m.experiment_id WHERE own_m.model_id =
        """ + " " + column + ")"
    }

    static func ofRegisteredModel(_ column: SQLText) -> SQLText {
        "EXISTS (SELECT 1 FROM registered_models AS own_m WHERE own_m.name = " + column + ")"
    }

    /// The version is there, and not deleted.
    static func ofVersion(_ name: SQLText, _ number: SQLText) -> SQLText {
        """
        EXISTS (SELECT 1 FROM model_versions AS own_v JOIN registered_models AS own_m ON own_m.name = own_v.name
            WHERE COALESCE(own_v.current_stage, '') <> 'Deleted_Internal' AND own_v.name =
        """ + " " + name + " AND own_v.version = " + number + ")"
    }
}
