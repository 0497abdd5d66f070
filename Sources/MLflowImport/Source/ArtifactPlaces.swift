/// Where artifacts lie in MLflow, and where they will in Martlet.
///
/// What MLflow's server keeps (`mlflow-artifacts:`) keeps its address; what lies in a folder of an experiment, given as
/// a plain path, moves below that experiment's number; everything else (`file:`, `s3:`, …) stays where it is.
struct ArtifactPlaces: Sendable {
    /// Experiments' folders that are plain paths, with the numbers of the experiments.
    private var folders: [String: Int64] = [:]

    /// Notes where an experiment keeps its artifacts.
    mutating func add(_ location: String, of experiment: Int64) {
        let folder = Self.trimmed(location)
        guard Self.scheme(location) == nil, !folder.isEmpty, folders[folder] == nil else { return }
        folders[folder] = experiment
    }

    /// The address in Martlet of what has `uri` in MLflow.
    func uri(_ uri: String) -> String {
        guard let scheme = Self.scheme(uri) else { return local(uri).map(Self.proxied) ?? uri }
        return scheme == Self.proxy ? Self.proxied(Self.proxiedPath(uri)) : uri
    }

    /// The folder on this machine that has `uri` in MLflow, as far as Martlet takes over what is in it. `root` is the
    /// folder of the artifacts that MLflow's server keeps, nil when nobody said.
    func folder(_ uri: String, root: String?) -> String? {
        guard let scheme = Self.scheme(uri) else { return local(uri) == nil ? nil : uri }
        guard scheme == Self.proxy, let root else { return nil }
        return root + "/" + Self.decoded(Self.proxiedPath(uri))
    }

    /// What of `uri` to name in a report of what stays where it is: scheme and authority, for a path its first folder.
    func root(_ uri: String) -> String {
        guard let scheme = Self.scheme(uri) else {
            return "/" + (uri.split(separator: "/").first.map(String.init) ?? "")
        }
        if scheme == Self.proxy { return Self.proxy + ":" }
        let rest = uri.dropFirst(scheme.count + 1)
        guard rest.hasPrefix("//") else { return scheme + ":" }
        return scheme + "://" + rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
    }

    private static let proxy = "mlflow-artifacts"

    /// The path below the root of Martlet's store of what lies at a plain path, nil when no experiment's folder has it.
    private func local(_ path: String) -> String? {
        let path = Self.trimmed(path)
        var folder = path[...]
        while !folder.isEmpty {
            if let experiment = folders[String(folder)] {
                let rest = path.dropFirst(folder.count).split(separator: "%", omittingEmptySubsequences: false)
                return "\(experiment)" + rest.joined(separator: "%25")
            }
            guard let slash = folder.lastIndex(of: "/") else { return nil }
            folder = folder[..<slash]
        }
        return nil
    }

    private static func proxied(_ path: String) -> String { "\(proxy):/" + path }

    /// What comes after `mlflow-artifacts:/` or `mlflow-artifacts://HOST/`.
    private static func proxiedPath(_ uri: String) -> String {
        var rest = uri.dropFirst(proxy.count + 1)
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        return String(rest.drop { $0 == "/" })
    }

    /// The scheme in lower case, nil for a path.
    private static func scheme(_ uri: String) -> String? {
        guard let colon = uri.firstIndex(of: ":"), let first = uri.utf8.first else { return nil }
        let scheme = uri[..<colon]
        let isLetter = (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first)
        guard isLetter, scheme.utf8.allSatisfy({ $0 != UInt8(ascii: "/") }) else { return nil }
        return scheme.lowercased()
    }

    private static func trimmed(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }

    private static func decoded(_ path: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
