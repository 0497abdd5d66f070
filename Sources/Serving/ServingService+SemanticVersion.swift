import Registry

/// A request names a version of a model by its semantic version, which the registry must be asked for.
package struct SemanticVersionAsked: Error, Sendable {
    let modelName: String
    let version: SemanticVersion
}

extension ServingService {
    /// The number, in digits, of the version that a request has asked for.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when no version of the model is called so; `INVALID_PARAMETER_VALUE` for a
    ///   bad name.
    package func number(of asked: SemanticVersionAsked) async throws -> String {
        String(try await registry.version(asked.modelName, .semantic(asked.version)).number)
    }

    /// `version` in digits where it is a semantic version of `model`, a registered model or an endpoint of one; anything else
    /// as it is, which means nothing but to who asks for it.
    ///
    /// - Throws: as ``number(of:)``.
    package func numbered(_ version: String?, of model: String) async throws -> String? {
        do {
            try checkIsNumber(version, of: model)
            return version
        } catch let asked as SemanticVersionAsked {
            return try await number(of: asked)
        }
    }

    /// Refuses a semantic version of `model`, a registered model or an endpoint of one, for who can ask the registry;
    /// models out of files have none.
    ///
    /// - Throws: ``SemanticVersionAsked``.
    func checkIsNumber(_ version: String?, of model: String) throws {
        guard books != nil, let version, let semantic = try? SemanticVersion(text: version) else { return }
        let modelName = routes[model]?.endpoint.modelName ?? model
        throw SemanticVersionAsked(modelName: modelName, version: semantic)
    }
}
