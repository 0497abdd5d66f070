import Kernel
import Testing

@Suite("An error code")
struct ErrorCodeTests {
    /// MLflow 3.18's table.
    private static let statuses: [String: Int] = [
        "BAD_REQUEST": 400, "INVALID_PARAMETER_VALUE": 400, "RESOURCE_ALREADY_EXISTS": 400,
        "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403,
        "RESOURCE_DOES_NOT_EXIST": 404, "ENDPOINT_NOT_FOUND": 404,
        "RESOURCE_CONFLICT": 409, "ABORTED": 409,
        "REQUEST_LIMIT_EXCEEDED": 429, "RESOURCE_EXHAUSTED": 429, "CANCELLED": 499,
        "INTERNAL_ERROR": 500, "INVALID_STATE": 500, "DATA_LOSS": 500,
        "NOT_IMPLEMENTED": 501, "TEMPORARILY_UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
    ]

    @Test("has MLflow's status", arguments: MartletError.Code.allCases)
    func status(code: MartletError.Code) {
        #expect(Self.statuses[code.rawValue] == code.httpStatus)
    }

    @Test("is there for every one of the table")
    func complete() {
        #expect(Set(MartletError.Code.allCases.map(\.rawValue)) == Set(Self.statuses.keys))
    }

    @Test("stands before the message, and the cause does not")
    func description() {
        let error = MartletError(.resourceDoesNotExist, "No such run", cause: MartletError(.internalError, "secret"))
        #expect("\(error)" == "RESOURCE_DOES_NOT_EXIST: No such run")
    }
}
