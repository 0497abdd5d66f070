import Kernel

extension MartletClient {
    private static let models = "/api/2.0/mlflow/registered-models"
    private static let versions = "/api/2.0/mlflow/model-versions"
    private static let pageMax = "1000"

    // MARK: Models

    /// The registered models that `search` finds; its view has no meaning here.
    package func models(_ search: Search = Search()) -> Pages<RegisteredModel> {
        Pages("registered_models") { token throws(ClientError) in
            try await get(Self.models + "/search", Self.query(search, token))
        }
    }

    /// The registered model of that name.
    ///
    /// - Throws: ``ClientError``.
    package func model(_ name: String) async throws(ClientError) -> RegisteredModel {
        let answer = try await get(Self.models + "/get", [("name", name)])
        return RegisteredModel(answer.member(["registered_model"]) ?? .null)
    }

    /// Makes a registered model without versions.
    ///
    /// - Throws: ``ClientError``; the server refuses a name that is taken.
    package func createModel(
        _ name: String,
        description: String? = nil,
        tags: [(String, String)] = []
    ) async throws(ClientError) -> RegisteredModel {
        let answer = try await send(
            Self.models + "/create",
            ["name": .string(name), "description": .optional(description), "tags": .tags(tags)]
        )
        return RegisteredModel(answer.member(["registered_model"]) ?? .null)
    }

    /// Deletes a registered model and its versions for good.
    ///
    /// - Throws: ``ClientError``; the server refuses while a version is served.
    package func deleteModel(_ name: String) async throws(ClientError) {
        _ = try await send(Self.models + "/delete", ["name": .string(name)], method: .delete)
    }

    /// Lets `alias` name a version, and no other version of the model any longer.
    ///
    /// - Throws: ``ClientError``.
    package func setAlias(_ alias: String, of model: String, to version: String) async throws(ClientError) {
        _ = try await send(
            Self.models + "/alias",
            ["name": .string(model), "alias": .string(alias), "version": .string(version)]
        )
    }

    /// Takes an alias away.
    ///
    /// - Throws: ``ClientError``.
    package func deleteAlias(_ alias: String, of model: String) async throws(ClientError) {
        let body: JSONObject = ["name": .string(model), "alias": .string(alias)]
        _ = try await send(Self.models + "/alias", body, method: .delete)
    }

    // MARK: Versions

    /// The versions, of any model, that `search` finds; its view has no meaning here.
    package func versions(_ search: Search = Search()) -> Pages<ModelVersion> {
        Pages("model_versions") { token throws(ClientError) in
            try await get(Self.versions + "/search", Self.query(search, token))
        }
    }

    /// One version of a model.
    ///
    /// - Throws: ``ClientError``.
    package func version(_ version: String, of model: String) async throws(ClientError) -> ModelVersion {
        let answer = try await get(Self.versions + "/get", [("name", model), ("version", version)])
        return ModelVersion(answer.member(["model_version"]) ?? .null)
    }

    /// What a version is made of: its files as they were when it was registered, and its signature.
    ///
    /// - Throws: ``ClientError``.
    package func versionFiles(_ version: String, of model: String) async throws(ClientError) -> VersionFiles {
        let name = PercentEncoding.encode(model)
        let number = PercentEncoding.encode(version)
        return VersionFiles(try await get("/api/v1/registry/models/\(name)/versions/\(number)/files"))
    }

    /// Has the server read the files of a version without a pin, in the background and from the start.
    ///
    /// - Throws: ``ClientError``; the server refuses where it may not read.
    package func requestPin(ofVersion version: String, of model: String) async throws(ClientError) -> VersionFiles {
        let name = PercentEncoding.encode(model)
        let number = PercentEncoding.encode(version)
        return VersionFiles(try await send("/api/v1/registry/models/\(name)/versions/\(number)/pin", JSONObject()))
    }

    /// Registers the next version of a model.
    ///
    /// - Throws: ``ClientError``; with a document also where the models are an MLflow server's.
    package func createVersion(_ new: NewModelVersion) async throws(ClientError) -> ModelVersion {
        guard new.document == nil else { return try await registerVersion(new) }
        let answer = try await send(Self.versions + "/create", new.body)
        return ModelVersion(answer.member(["model_version"]) ?? .null)
    }

    /// Deletes a version for good.
    ///
    /// - Throws: ``ClientError``; the server refuses while it is served.
    package func deleteVersion(_ version: String, of model: String) async throws(ClientError) {
        let body: JSONObject = ["name": .string(model), "version": .string(version)]
        _ = try await send(Self.versions + "/delete", body, method: .delete)
    }

    /// Moves a version to a stage, and, when asked, those that were there to Archived; `development` is None.
    ///
    /// - Throws: ``ClientError``.
    package func setStage(
        _ stage: String,
        ofVersion version: String,
        of model: String,
        archivesExisting: Bool
    ) async throws(ClientError) -> ModelVersion {
        let stage = stage.lowercased() == "development" ? "None" : stage
        let answer = try await send(
            Self.versions + "/transition-stage",
            [
                "name": .string(model), "version": .string(version), "stage": .string(stage),
                "archive_existing_versions": .boolean(archivesExisting),
            ]
        )
        return ModelVersion(answer.member(["model_version"]) ?? .null)
    }

    private static func query(_ search: Search, _ token: String?) -> [(String, String?)] {
        [("filter", search.filter), ("max_results", pageMax), ("page_token", token)]
            + search.orderBy.map { ("order_by", $0) }
    }
}
