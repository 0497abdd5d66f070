import Kernel

extension MartletClient {
    /// The alerts, newest first; of one state or type when it is given.
    package func alerts(state: String? = nil, type: String? = nil) -> Pages<Alert> {
        Pages("alerts") { token throws(ClientError) in
            try await get(
                "/mlops/alerts",
                [("state", state), ("type", type), ("limit", "1000"), ("page_token", token)]
            )
        }
    }

    /// Says that an alert was seen; the alert as it is then.
    ///
    /// - Throws: ``ClientError``.
    package func acknowledgeAlert(_ id: String, note: String? = nil) async throws(ClientError) -> Alert {
        let path = "/mlops/alerts/\(PercentEncoding.encode(id))/acknowledge"
        return Alert(try await send(path, ["note": .optional(note)]))
    }
}
