package import Database

extension InUseStore {
    /// The first of what needs any version of `modelName`, with the version's number; nil when nothing does.
    ///
    /// - Throws: ``DatabaseError``.
    package static func holder(ofAnyVersionOf modelName: String, on connection: any SQLConnection) throws
        -> (version: String, holder: Subject)?
    {
        // Names hold no slash, so the ids of a model's versions are those between `name/` and `name0`.
        try connection.first(
            """
            SELECT subject_id, holder_kind, holder_id FROM in_use_edges
            WHERE subject_kind = 'model_version' AND subject_id COLLATE "C" > $1 AND subject_id COLLATE "C" < $2
            ORDER BY subject_id COLLATE "C", holder_kind COLLATE "C", holder_id COLLATE "C" LIMIT 1
            """,
            [.text(modelName + "/"), .text(modelName + "0")]
        ) { row in
            (String(try row.text(0).dropFirst(modelName.count + 1)), Subject(try row.text(1), try row.text(2)))
        }
    }
}
