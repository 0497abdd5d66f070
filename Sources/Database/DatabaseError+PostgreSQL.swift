extension DatabaseError {
    /// What PostgreSQL answered: `message` under a five-character SQLSTATE, empty when there was no answer.
    init(sqlState: String, _ message: String, _ context: String) {
        // Data exceptions quote the value that could not be converted, and values are not for the log.
        let shown = sqlState.hasPrefix("22") ? "a value does not fit its type" : message
        self.init(Self.kind(ofSQLState: sqlState), "\(shown), in: \(context) (SQLSTATE \(sqlState))")
    }

    private static func kind(ofSQLState state: String) -> Code {
        switch state {
        case "23505": .uniqueViolation
        case "53100": .full
        // No answer; not connected; short of something; stopped by an operator or a timeout; in the way of others.
        case "", "55P03", "25P03": .unavailable
        default:
            switch state.prefix(2) {
            case "23": .constraintViolation
            case "08", "53", "57", "40": .unavailable
            default: .failed
            }
        }
    }
}
