import Kernel
import Registry

/// What an MLflow server tells of a model version.
struct MLflowVersion: Sendable {
    let name: String
    let number: Int
    let createdAt: Timestamp
    let updatedAt: Timestamp
    let description: String?
    /// Where it came from, as registered there.
    let source: String
    /// The run that made it; nil for none.
    let runID: String?
    let runLink: String

    /// The version of `name` that the member `model_version` of an answer describes.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is none.
    init(_ fields: MLflowFields, of name: String) throws {
        self.name = name
        guard let number = Int(exactly: try fields.requiredInteger("version")), number > 0 else {
            throw fields.missing("version")
        }
        self.number = number
        createdAt = Timestamp(milliseconds: try fields.integer("creation_timestamp") ?? 0)
        updatedAt = Timestamp(milliseconds: try fields.integer("last_updated_timestamp") ?? createdAt.milliseconds)
        description = try fields.string("description")
        source = try fields.string("source") ?? ""
        let runID = try fields.string("run_id") ?? ""
        self.runID = runID.isEmpty ? nil : runID
        runLink = try fields.string("run_link") ?? ""
    }

    /// The logged model that was registered: what a source `models:/m-…` names, since MLflow 3.
    var loggedModelID: String? {
        guard source.hasPrefix("models:/m-"), !source.dropFirst("models:/".count).contains("/") else { return nil }
        return String(source.dropFirst("models:/".count))
    }

    /// Whether `version`, which has the same name and number, is this one: of the same source, run and time.
    func isSame(as version: ModelVersion) -> Bool {
        version.source == source && version.runID?.text == runID && version.createdAt == createdAt
    }

    /// The version as it is taken in, with its files in the folder that `downloadURI` names. Its stage stays with the
    /// server that it comes from.
    func admitted(downloadURI: String) -> AdmittedVersion {
        var version = AdmittedVersion(modelName: name, number: number, source: source, downloadURI: downloadURI)
        version.createdAt = createdAt
        version.updatedAt = updatedAt
        version.description = description
        version.runID = runID.map { RunID($0) }
        version.runLink = runLink
        return version
    }
}
