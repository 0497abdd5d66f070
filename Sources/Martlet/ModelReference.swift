package import Kernel

/// Which version of a model a person means: `iris@champion`, `iris/3`, `iris/Production`, `iris/latest`, `iris/1.4.0`.
package struct ModelReference: Sendable, Hashable {
    /// What stands behind the name.
    package enum Selector: Sendable, Hashable {
        case alias(String)
        case number(String)
        case stage(String)
        case latest
        /// A semantic version.
        case semantic(String)
    }

    private static let stages = ["None", "Staging", "Production", "Archived"]

    /// The model's name.
    package let name: String
    /// Which of its versions.
    package let selector: Selector

    /// What `text` means, which may begin with `models:/`.
    ///
    /// - Throws: ``ClientError`` of kind `usage`.
    package init(_ text: String) throws(ClientError) {
        let scheme = "models:/"
        let place = (text.hasPrefix(scheme) ? text.dropFirst(scheme.count) : text[...]).drop { $0 == "/" }
        if let slash = place.lastIndex(of: "/") {
            let which = String(place[place.index(after: slash)...])
            name = String(place[..<slash])
            if !which.isEmpty, which.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                selector = .number(which)
            } else if let stage = Self.stages.first(where: { $0.lowercased() == which.lowercased() }) {
                selector = .stage(stage)
            } else {
                selector = which.lowercased() == "latest" ? .latest : .semantic(which)
            }
            if !name.isEmpty, !which.isEmpty, !name.contains("/") { return }
        } else if let at = place.lastIndex(of: "@") {
            name = String(place[..<at])
            selector = .alias(String(place[place.index(after: at)...]))
            if !name.isEmpty, selector != .alias("") { return }
        }
        throw ClientError(
            .usage,
            "'\(text)' names no version of a model.",
            remedy:
                "Write NAME@alias, NAME/3, NAME/Production, NAME/latest or NAME/1.4.0, with models:/ before it or not."
        )
    }
}

extension MartletClient {
    /// The number of the version that `reference` means now.
    ///
    /// - Throws: ``ClientError``.
    package func number(of reference: ModelReference) async throws(ClientError) -> String {
        let models = "/api/2.0/mlflow/registered-models"
        let name = reference.name
        switch reference.selector {
        case .number(let number): return number
        case .alias(let alias):
            let answer = try await get(models + "/alias", [("name", name), ("alias", alias)])
            return ModelVersion(answer.member(["model_version"]) ?? .null).version
        case .stage(let stage): return try await newest(of: name, in: stage)
        case .latest: return try await newest(of: name, in: nil)
        case .semantic(let version):
            let path =
                "/api/v1/registry/models/\(PercentEncoding.encode(name))/versions/\(PercentEncoding.encode(version))"
            guard let number = try await get(path).integer(at: ["number"]) else {
                throw ClientError(.notFound, "The server tells no number of version \(version) of '\(name)'.")
            }
            return String(number)
        }
    }

    /// The number of the newest version in `stage`, or in any.
    private func newest(of name: String, in stage: String?) async throws(ClientError) -> String {
        var body: JSONObject = ["name": .string(name)]
        if let stage { body["stages"] = [.string(stage)] }
        let answer = try await send("/api/2.0/mlflow/registered-models/get-latest-versions", body)
        let found = (answer.member(["model_versions"])?.arrayValue ?? []).compactMap { Int(ModelVersion($0).version) }
        guard let newest = found.max() else {
            throw ClientError(.notFound, "Model '\(name)' has no version\(stage.map { " in stage \($0)" } ?? "").")
        }
        return String(newest)
    }

    /// Has the server remember a file of predictions; telling it again changes nothing.
    ///
    /// - Parameter set: the document that `/api/v1/prediction-sets` takes.
    /// - Returns: what the server remembers.
    /// - Throws: ``ClientError``; the server refuses when the version is not pinned to the digest that predicted.
    package func recordPredictionSet(_ set: JSONObject) async throws(ClientError) -> JSON {
        try await send("/api/v1/prediction-sets", set)
    }
}
