import Kernel

/// Which paths of MLflow's API a caller may reach in a server behind this one.
enum ProxiedPath {
    /// MLflow's administration of its own users. It would be used with this server's credentials, whoever calls.
    private static let administration: Set = ["users", "roles"]

    /// Refuses a path that leads out of MLflow's API, in any spelling, and MLflow's users and their permissions.
    ///
    /// - Parameter path: the path of the request, encoded, without the query.
    /// - Throws: `BAD_REQUEST`, `PERMISSION_DENIED`.
    static func check(_ path: String) throws(MartletError) {
        guard path.hasPrefix("/"), let decoded = PercentEncoding.decodeToTheEnd(path) else { throw leadsOut }
        let segments = decoded.unicodeScalars.split { $0 == "/" || $0 == "\\" }.map { String($0).lowercased() }
        guard !segments.contains("..") else { throw leadsOut }
        let names = segments.filter { $0 != "." }
        // /api/2.0/mlflow/users/…, /api/3.0/mlflow/experiments/permissions/…
        guard let tree = names.firstIndex(of: "mlflow"), tree == 2, names.count > 3 else { return }
        guard !administration.contains(names[3]), !names[3...].contains("permissions") else {
            throw MartletError(
                .permissionDenied,
                "MLflow's users and permissions are not managed through this server; ask the MLflow server itself."
            )
        }
    }

    private static var leadsOut: MartletError {
        MartletError(.badRequest, "The path leads out of MLflow's API.")
    }
}
