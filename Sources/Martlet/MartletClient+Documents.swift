package import Kernel

/// Versions with what is told of them beyond their files, where the server keeps that: MLflow's does not.
extension MartletClient {
    private static let documentsPageMax = "100"

    /// One version of a model with its document.
    ///
    /// - Throws: ``ClientError``.
    package func describedVersion(_ version: String, of model: String) async throws(ClientError) -> ModelVersion {
        let found = try await self.version(version, of: model)
        let document = try await unlessUnknown { () throws(ClientError) in
            try await get(Self.place(ofVersion: found.version, model))
        }
        return found.with(document.map { VersionDocument($0) })
    }

    /// The same versions, all of `model`, with their documents.
    ///
    /// - Throws: ``ClientError``.
    package func describing(_ versions: [ModelVersion], of model: String) async throws(ClientError) -> [ModelVersion] {
        if versions.isEmpty { return versions }
        let numbers = Set(versions.map(\.version))
        let told = try await unlessUnknown { () throws(ClientError) in try await documents(numbers, of: model) }
        return versions.map { $0.with(told?[$0.version]) }
    }

    /// Versions of a model with their documents, in the order in which they are named, and as the server compares them:
    /// nil where it keeps no documents.
    ///
    /// - Throws: ``ClientError``; the server refuses more than a hundred.
    package func comparedVersions(
        _ names: [String],
        of model: String
    ) async throws(ClientError) -> (versions: [ModelVersion], comparison: VersionComparison?) {
        var versions: [ModelVersion] = []
        for name in names { versions.append(try await version(name, of: model)) }
        let named = versions.map { JSON.object(["model_name": .string(model), "version": .string($0.version)]) }
        let comparison = try await unlessUnknown { () throws(ClientError) in
            VersionComparison(try await send("/api/v1/registry/versions/compare", ["versions": .array(named)]))
        }
        let described = zip(versions, comparison?.versions ?? []).map { $0.with($1) }
        let isComplete = described.count == versions.count && described.allSatisfy { $0.document != nil }
        return isComplete ? (described, comparison) : (versions, nil)
    }

    /// Tells more of a version: each member of `document`, by its name in the API, takes the place of what was told
    /// under that name; null takes it away. The version as it is then.
    ///
    /// - Throws: ``ClientError``; where the models are an MLflow server's, before anything has changed.
    package func describeVersion(
        _ version: String,
        of model: String,
        _ document: JSONObject
    ) async throws(ClientError) -> ModelVersion {
        try await checkKeepsDocuments()
        let place = Self.place(ofVersion: version, model)
        let described = VersionDocument(try await send(place, document, method: .patch, keepsNulls: true))
        return try await self.version(described.number, of: model).with(described)
    }

    /// Registers the next version of a model with what is told of it, in one.
    func registerVersion(_ new: NewModelVersion) async throws(ClientError) -> ModelVersion {
        try await checkKeepsDocuments()
        // The server would make a model of a name that was mistyped.
        _ = try await model(new.model)
        let registered = VersionDocument(try await send("/api/v1/registry/models", new.registration))
        return try await version(registered.number, of: new.model).with(registered)
    }

    /// What `ask` gives; nil where the server that answers does not know what is asked for, or can't have it.
    func unlessUnknown<Answer>(
        _ ask: () async throws(ClientError) -> Answer
    ) async throws(ClientError) -> Answer? {
        do {
            return try await ask()
        } catch {
            guard ["RESOURCE_DOES_NOT_EXIST", "ENDPOINT_NOT_FOUND", "NOT_IMPLEMENTED"].contains(error.code) else {
                throw error
            }
            return nil
        }
    }

    /// The documents of the versions of `model` with these numbers, by number.
    private func documents(
        _ numbers: Set<String>,
        of model: String
    ) async throws(ClientError) -> [String: VersionDocument] {
        var missing = numbers
        var found: [String: VersionDocument] = [:]
        var all = Pages<VersionDocument>("versions") { token throws(ClientError) in
            try await get(Self.place(ofVersionsOf: model), [("limit", Self.documentsPageMax), ("page_token", token)])
        }
        .makeAsyncIterator()
        while !missing.isEmpty, let document = try await all.next() {
            if missing.remove(document.number) != nil { found[document.number] = document }
        }
        return found
    }

    /// Refuses where a server before an MLflow server would keep the document apart from its model.
    private func checkKeepsDocuments() async throws(ClientError) {
        guard try await get("/api/v1/mlflow/status").member(["server"]) == "mlflow" else { return }
        throw ClientError(
            .refused,
            "The models are the MLflow server's behind \(address.text), and MLflow keeps nothing of the kind.",
            remedy: "A description and tags can be told there.",
            code: "NOT_IMPLEMENTED"
        )
    }

    private static func place(ofVersionsOf model: String) -> String {
        "/api/v1/registry/models/\(PercentEncoding.encode(model))/versions"
    }

    private static func place(ofVersion version: String, _ model: String) -> String {
        place(ofVersionsOf: model) + "/" + PercentEncoding.encode(version)
    }
}
