package import Kernel

/// A registered model, as the server describes it.
package struct RegisteredModel: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its name, which is its identity.
    package var name: String { text("name") }
    /// What somebody wrote about it.
    package var description: String { text("description") }
    /// When it was made.
    package var createdAt: Timestamp? { time("creation_timestamp") }
    /// When it, or one of its versions, last changed.
    package var updatedAt: Timestamp? { time("last_updated_timestamp") }
    /// The latest version of each stage that has one.
    package var latestVersions: [ModelVersion] {
        (json.member(["latest_versions"])?.arrayValue ?? []).map { ModelVersion($0) }
    }
    /// Its tags, in the server's order.
    package var tags: [(name: String, value: String)] { pairs("tags") }
    /// Its aliases, each with the version that it names.
    package var aliases: [(name: String, value: String)] { pairs("aliases", name: "alias", value: "version") }
}
