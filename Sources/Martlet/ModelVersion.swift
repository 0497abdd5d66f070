package import Kernel

/// A version of a registered model, as the server describes it.
package struct ModelVersion: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// The model that it is a version of.
    package var name: String { text("name") }
    /// Its number.
    package var version: String { text("version") }
    /// `None`, `Staging`, `Production` or `Archived`.
    package var stage: String { text("current_stage") }
    /// `READY`, `PENDING_REGISTRATION` or `FAILED_REGISTRATION`.
    package var status: String { text("status") }
    /// What somebody wrote about it.
    package var description: String { text("description") }
    /// Where its files came from.
    package var source: String { text("source") }
    /// The run that made it; empty when none did.
    package var runID: String { text("run_id") }
    /// Who registered it.
    package var user: String { text("user_id") }
    /// When it was registered.
    package var createdAt: Timestamp? { time("creation_timestamp") }
    /// When it last changed.
    package var updatedAt: Timestamp? { time("last_updated_timestamp") }
    /// Its tags, in the server's order.
    package var tags: [(name: String, value: String)] { pairs("tags") }
    /// The aliases that name it.
    package var aliases: [String] { (json.member(["aliases"])?.arrayValue ?? []).compactMap(\.stringValue) }
    /// What is told of it beyond its files, where it was asked for and the server keeps it.
    package var document: VersionDocument? { json.member(["document"]).map { VersionDocument($0) } }

    /// The same with `document` as a member of its own; as it is without one, and with that of another version.
    func with(_ document: VersionDocument?) -> ModelVersion {
        // A server before MLflow's may have a version of its own under the same name and number.
        guard let document, document.createdAt == createdAt, var members = json.objectValue else { return self }
        members["document"] = document.json
        return ModelVersion(.object(members))
    }
}
