import Kernel
import Registry

/// A request names a version by its semantic version, which the registry must be asked for.
package struct SemanticVersionAsked: Error, Sendable {
    /// The endpoint or registered model that the request names.
    let name: String
    let version: SemanticVersion
}

extension ServingService {
    /// The number, in digits, of the version that a request has asked for: of an endpoint one that it serves, of whichever
    /// model.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` when no version of the model is called so; `ENDPOINT_NOT_FOUND` when it is not
    ///   served there; `INVALID_PARAMETER_VALUE` for a bad name.
    package func number(of asked: SemanticVersionAsked) async throws -> String {
        guard let served = routes[asked.name] else {
            return String(try await registry.version(asked.name, .semantic(asked.version)).number)
        }
        var failure: MartletError?
        var models: [String] = []
        for variant in served.variants where !models.contains(variant.variant.modelName) {
            let model = variant.variant.modelName
            models.append(model)
            do {
                let number = try await registry.version(model, .semantic(asked.version)).number
                // The first of that number answers for it, and must not be another model's.
                let first = served.variants.first { $0.variant.version == number }
                if first?.variant.modelName == model { return String(number) }
                failure = RouteTable.notServed(asked.name, asked.version.description)
            } catch let error as MartletError where error.code == .resourceDoesNotExist {
                failure = failure ?? error
            }
        }
        throw failure ?? RouteTable.notServed(asked.name, asked.version.description)
    }

    /// `version` in digits where it is a semantic version of `name`, a registered model or an endpoint; anything else as it
    /// is, which means nothing but to who asks for it.
    ///
    /// - Throws: as ``number(of:)``.
    package func numbered(_ version: String?, of name: String) async throws -> String? {
        do {
            try checkIsNumber(version, of: name)
            return version
        } catch let asked as SemanticVersionAsked {
            return try await number(of: asked)
        }
    }

    /// Refuses a semantic version of `name`, a registered model or an endpoint, for who can ask the registry; models out of
    /// files have none.
    ///
    /// - Throws: ``SemanticVersionAsked``.
    func checkIsNumber(_ version: String?, of name: String) throws {
        guard books != nil, let version, let semantic = try? SemanticVersion(text: version) else { return }
        throw SemanticVersionAsked(name: name, version: semantic)
    }
}
