//! The same routes as an AWS Lambda function, behind a function URL or API Gateway's HTTP API.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use crate::App;

/// The variable that AWS Lambda sets where it runs a program.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Answers invocations until the environment is frozen for good. Each instance of the function is
/// one of the many that an endpoint may be; the caller's address comes in `X-Forwarded-For`
/// (`forwarded = true`).
///
/// # Errors
///
/// Where the runtime's interface cannot be reached.
pub async fn run(app: &Arc<App>) -> Result<(), lambda_http::Error> {
    lambda_http::run(app.router()).await
}
